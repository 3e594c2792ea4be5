using System.Text;
using System.Text.Json.Nodes;

using Switchboard.Workflows.Activities;
using Switchboard.Workflows.Expressions;

namespace Switchboard.Workflows.Definitions;

/// <summary>Draws an activity type as Elsa's Studio wants to be told of it: its toolbox entry, its ports, its property editor.</summary>
public static class ActivityDescriptorJson
{
    /// <summary>Elsa's <c>ActivityDescriptor</c>.</summary>
    /// <param name="known">What there is of what an input <see cref="Input.Picks"/>, each value with the text that is shown for it; null where nobody knows.</param>
    public static JsonObject Of(ActivityDescriptor type, Func<string, IEnumerable<(string Value, string Text)>>? known = null) => new()
    {
        ["typeName"] = type.Type,
        ["namespace"] = type.Namespace,
        ["name"] = type.Name,
        ["version"] = type.Version,
        ["category"] = type.Category,
        ["displayName"] = type.DisplayName ?? Words(type.Name),
        ["description"] = type.Description,
        ["kind"] = type.Kind.ToString(),
        ["runAsynchronously"] = false,
        ["isContainer"] = type.IsContainer,
        ["isBrowsable"] = type.IsBrowsable,
        ["isStart"] = type.IsStart,
        ["isTerminal"] = type.IsTerminal,
        ["ports"] = new JsonArray([.. type.Outcomes.Select(outcome => Port(outcome, "Flow", true)), .. type.Ports.Select(port => Port(port.Name, "Embedded", port.IsBrowsable))]),
        ["inputs"] = new JsonArray([.. type.Inputs.Select((input, order) => Of(input, order, known))]),
        ["outputs"] = new JsonArray([.. type.Outputs.Select(Of)]),
        ["customProperties"] = new JsonObject(),
        ["constructionProperties"] = new JsonObject(),
    };

    private static JsonObject Port(string name, string type, bool isBrowsable) =>
        new() { ["name"] = name, ["displayName"] = Words(name), ["type"] = type, ["isBrowsable"] = isBrowsable };

    private static JsonObject Of(Input input, int order, Func<string, IEnumerable<(string Value, string Text)>>? known)
    {
        var json = new JsonObject
        {
            ["name"] = input.Name,
            ["typeName"] = input.TypeName ?? AliasOf(input.Type),
            ["displayName"] = input.DisplayName ?? Words(input.Name),
            ["description"] = input.Description,
            ["category"] = input.Category ?? "General",
            ["order"] = order,
            ["isBrowsable"] = input.IsBrowsable,
            ["isSerializable"] = true,
            ["isSynthetic"] = false,
            ["isWrapped"] = input.IsWrapped,
            ["uiHint"] = input.Hint ?? HintOf(input),
            ["defaultSyntax"] = input.DefaultSyntax ?? (HintOf(input) == "checklist" ? "Object" : "Literal"),
            ["isReadOnly"] = false,
            ["isSensitive"] = input.IsSensitive,
            ["autoEvaluate"] = input.AutoEvaluate,
        };
        if (input.DefaultValue is not null)
            json["defaultValue"] = Json.Free(input.ToNode(input.DefaultValue));
        if (SpecificationsOf(input, known) is { } specifications)
        {
            if (input.PicksByWorkflow)
                specifications["Refresh"] = true;
            json["uiSpecifications"] = specifications;
        }
        return json;
    }

    private static JsonObject Of(Output output) => new()
    {
        ["name"] = output.Name,
        ["typeName"] = output.TypeName ?? AliasOf(output.Type),
        ["displayName"] = output.DisplayName ?? Words(output.Name),
        ["description"] = output.Description,
        ["isBrowsable"] = true,
        ["isSerializable"] = true,
        ["isSynthetic"] = false,
    };

    private static JsonObject? SpecificationsOf(Input input, Func<string, IEnumerable<(string Value, string Text)>>? known)
    {
        if (input.UiSpecifications is { } text)
            return (JsonObject?)JsonNode.Parse(text);
        if (ChoicesOf(input, known) is not { } choices)
            return null;
        var items = new JsonArray([.. choices.Select(choice => new JsonObject { ["text"] = choice.Text, ["value"] = choice.Value })]);
        return (input.Hint ?? HintOf(input)) switch
        {
            "checklist" => new JsonObject { ["checklist"] = new JsonObject { ["checkList"] = new JsonObject { ["items"] = items, ["isFlagsEnum"] = false } } },
            "radiolist" => new JsonObject { ["radiolist"] = new JsonObject { ["radioList"] = new JsonObject { ["items"] = items } } },
            _ => new JsonObject { ["dropdown"] = new JsonObject { ["selectList"] = new JsonObject { ["items"] = items, ["isFlagsEnum"] = false } } },
        };
    }

    /// <summary>What may be left out can be taken back, too.</summary>
    private static IEnumerable<(string Value, string Text)>? ChoicesOf(Input input, Func<string, IEnumerable<(string Value, string Text)>>? known)
    {
        if (input.Picks is not { } what)
            return (input.Options ?? (EnumOf(input.Type) is { } choice ? Enum.GetNames(choice) : null))?.Select(option => (option, option));
        var choices = known?.Invoke(what) ?? [];
        return input.IsRequired || HintOf(input) == "checklist" ? choices : choices.Prepend(("", ""));
    }

    private static string HintOf(Input input)
    {
        var type = Nullable.GetUnderlyingType(input.Type) ?? input.Type;
        if (input.Picks is not null)
            return type == typeof(string[]) ? "checklist" : "dropdown";
        if (type == typeof(bool))
            return "checkbox";
        if (type.IsEnum || input.Options is not null)
            return "dropdown";
        if (type == typeof(string[]) || type == typeof(IReadOnlyList<string>))
            return "multitext";
        if (type == typeof(JsonObject))
            return "dictionary";
        if (type == typeof(DateTimeOffset))
            return "datetime-picker";
        return type == typeof(JsonArray) ? "json-editor" : "singleline";
    }

    private static string AliasOf(Type type)
    {
        if (Nullable.GetUnderlyingType(type) is { } underlying)
            return AliasOf(underlying) + "?";
        if (type == typeof(string) || type.IsEnum)
            return "String";
        if (type == typeof(string[]) || type == typeof(IReadOnlyList<string>))
            return "String[]";
        if (type == typeof(JsonObject))
            return "ObjectDictionary";
        return type == typeof(bool) || type == typeof(int) || type == typeof(long) || type == typeof(double) || type == typeof(decimal)
            || type == typeof(Guid) || type == typeof(TimeSpan) || type == typeof(DateTimeOffset)
            ? type.Name
            : "Object";
    }

    private static Type? EnumOf(Type type) => (Nullable.GetUnderlyingType(type) ?? type) is { IsEnum: true } choice ? choice : null;

    /// <summary>A PascalCase name as words: <c>EventName</c> as <c>Event Name</c>.</summary>
    private static string Words(string name)
    {
        var words = new StringBuilder(name.Length + 4);
        for (var i = 0; i < name.Length; i++)
        {
            if (i > 0 && char.IsUpper(name[i]) && (char.IsLower(name[i - 1]) || (i + 1 < name.Length && char.IsLower(name[i + 1]) && char.IsLetter(name[i - 1]))))
                words.Append(' ');
            words.Append(name[i]);
        }
        return words.ToString();
    }
}
