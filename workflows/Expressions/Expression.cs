using System.Text.Json;
using System.Text.Json.Nodes;

using Switchboard.Workflows.Definitions;
using Switchboard.Workflows.Execution;

namespace Switchboard.Workflows.Expressions;

/// <summary>An expression of a definition, parsed once and shared by all executions.</summary>
/// <param name="type">Elsa's name of its language.</param>
public abstract class Expression(string type)
{
    /// <summary>Elsa's name of its language, as <c>Literal</c> or <c>JavaScript</c>.</summary>
    public string Type { get; } = type;

    /// <summary>Whether it yields the same value always, so that it is evaluated once a definition.</summary>
    public virtual bool IsConstant => false;

    /// <summary>The value of an expression that <see cref="IsConstant"/>.</summary>
    internal virtual JsonNode? Constant() => throw new InvalidOperationException($"A {Type} expression has no constant value.");

    /// <summary>Its value, a node that belongs to the caller.</summary>
    public abstract ValueTask<JsonNode?> EvaluateAsync(ActivityContext context);

    /// <summary>Reads <c>{type, value}</c>, or a bare scalar as a literal. Never fails: what cannot be understood becomes an <see cref="UnsupportedExpression"/>.</summary>
    internal static Expression Read(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object)
            return new LiteralExpression(json.Clone());
        var type = json.Member("type") is { ValueKind: JsonValueKind.String } name ? name.GetString()! : "Literal";
        var value = json.Member("value");
        return type switch
        {
            "Literal" => new LiteralExpression(value),
            "Object" or "Json" => ObjectExpression.Of(type, value),
            "Variable" => VariableExpression.Of(value),
            "Input" => InputExpression.Of(value),
            "JavaScript" => new ScriptExpression(Text(value)),
            "FEEL" => new FeelExpression(Text(value)),
            "Secret" => SecretExpression.Of(value),
            _ => new UnsupportedExpression(type, $"The expression language {type} is not supported. Supported are Literal, Object, Variable, Input, JavaScript, FEEL and Secret."),
        };
    }

    private protected static string Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Undefined or JsonValueKind.Null => "",
        _ => value.GetRawText(),
    };

    /// <summary>An object, or a string that holds the JSON of one, as Variable and Input expressions store their reference.</summary>
    private protected static JsonElement Reference(JsonElement value) =>
        value.ValueKind == JsonValueKind.String && Json.TryParse(value.GetString()!, out var parsed) && parsed.ValueKind == JsonValueKind.Object ? parsed : value;
}

/// <summary>A value written down.</summary>
public sealed class LiteralExpression(JsonElement value) : Expression("Literal")
{
    /// <inheritdoc/>
    public override bool IsConstant => true;

    /// <summary>As in the definition.</summary>
    public JsonElement Value { get; } = value;

    /// <inheritdoc/>
    public override ValueTask<JsonNode?> EvaluateAsync(ActivityContext context) => new(Constant());

    internal override JsonNode? Constant() => Json.Node(Value);
}

/// <summary>JSON text, in which members of objects that look like <c>{type, value}</c> are expressions themselves.</summary>
public sealed class ObjectExpression : Expression
{
    private readonly JsonElement _value;
    private readonly Dictionary<string, Expression>? _members;

    private ObjectExpression(string type, JsonElement value, Dictionary<string, Expression>? members) : base(type)
    {
        _value = value;
        _members = members;
    }

    /// <inheritdoc/>
    public override bool IsConstant => _members is null;

    /// <summary>Its members that are expressions, by name.</summary>
    public IReadOnlyDictionary<string, Expression> Members => _members ?? [];

    internal static Expression Of(string type, JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.String)
            return new ObjectExpression(type, json, MembersOf(json));
        var text = json.GetString()!;
        if (string.IsNullOrWhiteSpace(text))
            return new LiteralExpression(default);
        return Json.TryParse(text, out var parsed)
            ? new ObjectExpression(type, parsed, MembersOf(parsed))
            : new UnsupportedExpression(type, $"The text of an Object expression must be JSON, but this is not: {(text.Length > 80 ? text[..80] + "…" : text)}", "invalid_json");
    }

    internal override JsonNode? Constant() => Json.Node(_value);

    /// <inheritdoc/>
    public override async ValueTask<JsonNode?> EvaluateAsync(ActivityContext context)
    {
        var value = Json.Node(_value);
        if (_members is not null && value is JsonObject target)
        {
            foreach (var (name, expression) in _members)
                target[name] = Json.Free(await expression.EvaluateAsync(context));
        }
        return value;
    }

    private static Dictionary<string, Expression>? MembersOf(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object)
            return null;
        Dictionary<string, Expression>? members = null;
        foreach (var member in json.EnumerateObject())
        {
            if (member.Value.ValueKind == JsonValueKind.Object && member.Value.GetPropertyCount() == 2
                && member.Value.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String
                && member.Value.TryGetProperty("value", out _) && type.GetString() is "Literal" or "Object" or "Json" or "Variable" or "Input" or "JavaScript" or "FEEL" or "Secret" or "Liquid" or "CSharp" or "Python")
                (members ??= [])[member.Name] = Read(member.Value);
        }
        return members;
    }
}

/// <summary>The value of a variable in scope.</summary>
/// <param name="id">The variable's id, or null.</param>
/// <param name="name">Its name, for definitions of old whose variables have no id.</param>
public sealed class VariableExpression(string? id, string? name) : Expression("Variable")
{
    /// <summary>The variable's id, or null.</summary>
    public string? Id { get; } = id;

    /// <summary>Its name, for definitions of old whose variables have no id.</summary>
    public string? Name { get; } = name;

    /// <inheritdoc/>
    public override ValueTask<JsonNode?> EvaluateAsync(ActivityContext context) => new(context.Variable(Id, Name));

    internal static VariableExpression Of(JsonElement json)
    {
        var reference = Reference(json);
        return reference.ValueKind == JsonValueKind.Object
            ? new VariableExpression(reference.Text("id"), reference.Text("name"))
            : new VariableExpression(Text(reference), Text(reference));
    }
}

/// <summary>An input of the workflow by name.</summary>
public sealed class InputExpression(string name) : Expression("Input")
{
    /// <summary>The input's name, case-sensitive.</summary>
    public string Name { get; } = name;

    /// <inheritdoc/>
    public override ValueTask<JsonNode?> EvaluateAsync(ActivityContext context) => new(context.WorkflowInput(Name));

    internal static InputExpression Of(JsonElement json)
    {
        var reference = Reference(json);
        return new InputExpression(reference.ValueKind == JsonValueKind.Object ? reference.Text("name") ?? "" : Text(reference));
    }
}

/// <summary>An expression that cannot be evaluated: of an unknown language, or one that does not parse. Publishing refuses it; evaluating it is an incident.</summary>
/// <param name="type">Its language as the definition says.</param>
/// <param name="problem">What is wrong and how to mend it.</param>
/// <param name="code">Stable, snake_case.</param>
public sealed class UnsupportedExpression(string type, string problem, string code = "unsupported_expression") : Expression(type)
{
    /// <summary>What is wrong and how to mend it.</summary>
    public string Problem { get; } = problem;

    /// <summary>Stable, snake_case.</summary>
    public string Code { get; } = code;

    /// <inheritdoc/>
    public override ValueTask<JsonNode?> EvaluateAsync(ActivityContext context) => throw new ActivityException(Code, Problem);
}
