using System.Text.Json;

namespace Switchboard.Workflows.Definitions;

/// <summary>Reads the shapes that Elsa has written over the years: camelCase and PascalCase keys, arrays plain or wrapped as <c>{"$values": […]}</c>.</summary>
internal static class JsonShapes
{
    /// <summary>A member by its camelCase name; undefined if there is none.</summary>
    public static JsonElement Member(this JsonElement json, string camelName)
    {
        if (json.ValueKind != JsonValueKind.Object)
            return default;
        if (json.TryGetProperty(camelName, out var value))
            return value;
        return camelName.Length > 0 && char.IsLower(camelName[0]) && json.TryGetProperty(char.ToUpperInvariant(camelName[0]) + camelName[1..], out value) ? value : default;
    }

    /// <summary>A member that is text, or a number taken as text; null if it is absent, null or something else.</summary>
    public static string? Text(this JsonElement json, string camelName)
    {
        var member = json.Member(camelName);
        return member.ValueKind switch
        {
            JsonValueKind.String => member.GetString(),
            JsonValueKind.Number => member.GetRawText(),
            _ => null,
        };
    }

    public static bool? Flag(this JsonElement json, string camelName)
    {
        var member = json.Member(camelName);
        return member.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            JsonValueKind.String => bool.TryParse(member.GetString(), out var flag) ? flag : null,
            _ => null,
        };
    }

    public static int? Integer(this JsonElement json, string camelName)
    {
        var member = json.Member(camelName);
        return member.ValueKind switch
        {
            JsonValueKind.Number => member.TryGetInt32(out var number) ? number : null,
            JsonValueKind.String => int.TryParse(member.GetString(), out var number) ? number : null,
            _ => null,
        };
    }

    /// <summary>The elements of a list member; none if it is absent or null.</summary>
    public static IEnumerable<JsonElement> List(this JsonElement json, string camelName) => json.Member(camelName).Elements();

    public static IEnumerable<JsonElement> Elements(this JsonElement list)
    {
        if (list.ValueKind == JsonValueKind.Object && list.TryGetProperty("$values", out var values))
            list = values;
        return list.ValueKind == JsonValueKind.Array ? list.EnumerateArray() : [];
    }

    public static bool IsNothing(this JsonElement json) => json.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null;
}
