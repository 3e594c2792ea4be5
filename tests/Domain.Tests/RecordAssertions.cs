using System.Text.Json.Nodes;

namespace Switchboard.Domain.Tests;

internal static class RecordAssertions
{
    /// <summary>Field and code of what a record finds wrong with itself, as the pipeline asks: normal form first, rules after.</summary>
    public static string[] Problems(this Record record, Record? before = null)
    {
        var normal = record.Normalise().ToList();
        return [.. (normal.Count > 0 ? normal : record.Check(new RecordChange(before, record))).Select(error => $"{error.Field} {error.Code}")];
    }

    public static JsonNode Json(string text) => JsonNode.Parse(text)!;
}
