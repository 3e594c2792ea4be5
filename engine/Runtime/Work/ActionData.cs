using System.Text.Json.Nodes;

using Switchboard.Data.Records;
using Switchboard.Domain;

namespace Switchboard.Runtime.Work;

/// <summary>The data of an action, as its definition's <c>fields</c> take them: a list of <c>{name, field, required}</c>.</summary>
public static class ActionData
{
    /// <summary>Puts the data into the record's fields.</summary>
    /// <returns>What does not fit, with pointers into the data; the record is then half changed and must be thrown away.</returns>
    public static List<FieldError> Apply(Record subject, JsonArray? fields, JsonObject data)
    {
        var type = RecordTypes.Of(subject);
        var errors = new List<FieldError>();
        var known = new HashSet<string>();
        foreach (var entry in fields ?? [])
        {
            var name = (string)entry!["name"]!;
            known.Add(name);
            var target = (string?)entry["field"] ?? name;
            if (data[name] is not { } value)
            {
                if ((bool?)entry["required"] == true)
                    errors.Add(new FieldError(name, "required", $"The action needs {name}."));
            }
            else if (type.Find(target) is not { Stored: true } field)
            {
                errors.Add(new FieldError(name, "unknown_field", $"{type.Name} has no field {target} for {name}; the definition of the action must be mended."));
            }
            else if (RecordJson.SetField(subject, field, value) is { } error)
            {
                errors.Add(error with { Field = name });
            }
            else if (field.MaxLength < (field.Get(subject) as string)?.Length)
            {
                errors.Add(new FieldError(name, "too_long", $"{name} may have {field.MaxLength} characters."));
            }
        }
        errors.AddRange(data.Where(member => !known.Contains(member.Key))
            .Select(member => new FieldError(member.Key, "unknown_field", $"The action does not take {member.Key}; it takes {(known.Count == 0 ? "nothing" : string.Join(", ", known))}.")));
        return errors;
    }
}
