using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;

using Switchboard.Data.Records;
using Switchboard.Domain;
using Switchboard.Domain.Porting;
using Switchboard.Runtime.Bursts;

namespace Switchboard.Runtime.Templates;

/// <summary>
/// What a template sees of a record: itself under its singular name (<c>phoneNumber</c>), what it refers to under theirs
/// (<c>migration</c>, then <c>site</c>), and <c>today</c> in the site's time zone.
/// </summary>
public static class SubjectModel
{
    private const int MostSteps = 2;

    private static readonly ConcurrentDictionary<RecordType, (Field Field, RecordType Target)[]> Referring = new();

    public static async ValueTask<JsonObject> OfAsync(RecordView view, CancellationToken ct)
    {
        var model = new JsonObject();
        if (view.Subject is { } subject)
            await AddAsync(model, view, subject, MostSteps, ct);
        var zone = await FindAsync<Site>(view, ct) is { } site ? TimeZoneInfo.FindSystemTimeZoneById(site.Timezone) : TimeZoneInfo.Utc;
        model["today"] = FieldText.Format(DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(view.Now, zone).DateTime));
        return model;
    }

    /// <summary>The subject, or the nearest record that it refers to, of a type.</summary>
    public static ValueTask<T?> FindAsync<T>(RecordView view, CancellationToken ct)
        where T : Record => FindAsync<T>(view, view.Subject, ct);

    /// <summary>A record, or the nearest that it refers to, of a type.</summary>
    public static async ValueTask<T?> FindAsync<T>(RecordView view, Record? from, CancellationToken ct)
        where T : Record
    {
        List<Record> level = from is null ? [] : [from];
        for (var step = 0; step <= MostSteps && level.Count > 0; step++)
        {
            if (level.OfType<T>().FirstOrDefault() is { } found)
                return found;
            var next = new List<Record>();
            foreach (var record in level)
            {
                foreach (var (type, id) in References(record))
                {
                    if (await view.FindAsync(type, id, ct) is { } target)
                        next.Add(target);
                }
            }
            level = next;
        }
        return null;
    }

    /// <summary>The singular of its type: <c>phoneNumber</c>.</summary>
    public static string NameOf(Record record) => JsonNamingPolicy.CamelCase.ConvertName(record.GetType().Name);

    private static async ValueTask AddAsync(JsonObject model, RecordView view, Record record, int steps, CancellationToken ct)
    {
        if (!model.TryAdd(NameOf(record), ToJson(record)) || steps == 0)
            return;
        foreach (var (type, id) in References(record))
        {
            if (await view.FindAsync(type, id, ct) is { } target)
                await AddAsync(model, view, target, steps - 1, ct);
        }
    }

    private static IEnumerable<(RecordType Type, Guid Id)> References(Record record)
    {
        foreach (var (field, target) in Referring.GetOrAdd(RecordTypes.Of(record), static type => [.. ReferringFields(type)]))
        {
            if (field.Get(record) is Guid id)
                yield return (target, id);
        }
    }

    private static IEnumerable<(Field Field, RecordType Target)> ReferringFields(RecordType type) =>
        from field in type.Fields
        where field.Kind == FieldKind.Reference && field.Stored
        select (field, RecordTypes.Find(field.References!.Type)!);

    private static JsonNode ToJson(Record record) => JsonNode.Parse(RecordJson.ToUtf8(RecordTypes.Of(record), record))!;
}
