using System.Text.Json;
using System.Text.Json.Nodes;

using Switchboard.Data;
using Switchboard.Data.Records;
using Switchboard.Domain;

namespace Switchboard.Runtime.Merging;

/// <summary>Whose values a merged record has.</summary>
internal static class MergedValues
{
    /// <summary>
    /// The target as it will be. A field that the caller chose is taken from the record that he named. Of the others the
    /// target's value stays, an empty one is filled with the source's, and lists of a multiselect are united. What a
    /// lifecycle owns stays the target's.
    /// </summary>
    /// <param name="fields">By wire name (<c>custom.name</c> for the tenant's own): whether the source's value is wanted.</param>
    /// <param name="allowed">Says whether the caller has a permission: a field that needs one is not filled without it.</param>
    /// <exception cref="ProblemException">400 for a field that there is not, 422 for one that nobody may choose.</exception>
    public static Record Combine(
        RecordType type, CustomFields custom, Record target, Record source, IReadOnlyDictionary<string, bool> fields, Func<string, bool> allowed)
    {
        ThrowIfNoneOf(type, custom, fields.Keys);
        var after = RecordChanges.Copy(type, target);
        foreach (var field in type.Fields.Where(field => field.Writable))
        {
            var (own, other) = (field.Get(target), field.Get(source));
            var isWanted = fields.TryGetValue(field.Name, out var fromSource)
                ? fromSource
                : IsEmpty(own) && !IsEmpty(other) && (field.Permission is not { } permission || allowed(permission));
            var value = isWanted ? other : own;
            // A record that referred to the other one would refer to itself now.
            if (field.References?.Type == type.Name && value is Guid id && (id == source.Id || id == target.Id))
                value = null;
            field.Set(after, value);
        }
        after.Custom = CombineCustom(custom, target.Custom, source.Custom, fields);
        return after;
    }

    private static JsonObject? CombineCustom(CustomFields custom, JsonObject? target, JsonObject? source, IReadOnlyDictionary<string, bool> fields)
    {
        if (source is null)
            return target;
        var values = (JsonObject?)target?.DeepClone() ?? [];
        foreach (var (name, other) in source)
        {
            var own = values[name];
            if (fields.TryGetValue($"custom.{name}", out var fromSource))
            {
                if (fromSource)
                    values[name] = other?.DeepClone();
            }
            else if (IsEmpty(own))
            {
                values[name] = other?.DeepClone();
            }
            else if (custom.Find(name)?.Kind == CustomFieldKind.Multiselect && own is JsonArray list && other is JsonArray more)
            {
                var there = list.Select(item => (string?)item).ToHashSet();
                values[name] = new JsonArray([.. list.Concat(more.Where(item => there.Add((string?)item))).Select(item => item?.DeepClone())]);
            }
        }
        return values.Count == 0 && target is null ? null : values;
    }

    private static void ThrowIfNoneOf(RecordType type, CustomFields custom, IEnumerable<string> names)
    {
        foreach (var name in names)
        {
            if (name.StartsWith("custom.", StringComparison.Ordinal) && custom.Find(name["custom.".Length..]) is not null)
                continue;
            var field = type.Find(name) is { Secret: false } found ? found
                : throw ProblemException.Malformed("unknown_field", $"fields/{name}", $"{type.Name} has no field {name}.");
            if (field.OwnedByLifecycle)
                throw ProblemException.Invalid([new FieldError($"fields/{name}", "status_is_owned_by_lifecycle", $"{name} belongs to the lifecycle of the target, which goes on.")]);
            if (!field.Writable)
                throw ProblemException.Invalid([new FieldError($"fields/{name}", "read_only_field", $"{name} is set by the service.")]);
        }
    }

    private static bool IsEmpty(object? value) => value switch
    {
        null => true,
        string text => string.IsNullOrWhiteSpace(text),
        JsonArray list => list.Count == 0,
        JsonObject values => values.Count == 0,
        JsonValue json when json.GetValueKind() == JsonValueKind.String => string.IsNullOrWhiteSpace((string?)json),
        _ => false,
    };
}
