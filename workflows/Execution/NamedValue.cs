using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

using Switchboard.Workflows.Expressions;

namespace Switchboard.Workflows.Execution;

/// <summary>
/// A property or variable of an activity execution. As read from a stored state it is only bytes: most of what an instance
/// keeps is not looked at in most bursts, and then goes back as it came.
/// </summary>
internal sealed class NamedValue(string name, string? variableId = null, bool isStored = true)
{
    private ReadOnlyMemory<byte> _raw;
    private JsonNode? _node;

    public string Name { get; } = name;

    /// <summary>For a variable: what bindings refer to.</summary>
    public string? VariableId { get; } = variableId;

    /// <summary>False for a variable of Elsa's memory driver.</summary>
    public bool IsStored { get; } = isStored;

    /// <summary>Shared with the owner; who puts it into another document makes a copy.</summary>
    public JsonNode? Node
    {
        get
        {
            if (!_raw.IsEmpty)
            {
                _node = JsonNode.Parse(_raw.Span, null, Json.Deep);
                _raw = default;
            }
            return _node;
        }
        set
        {
            _raw = default;
            _node = value;
        }
    }

    public ReadOnlyMemory<byte> Raw { set => _raw = value; }

    /// <summary>The same value as a variable that the definition declares.</summary>
    public NamedValue DeclaredAs(Definitions.Variable variable) => new(variable.Name, variable.Id, variable.IsStored) { _raw = _raw, _node = _node };

    /// <summary>The value if it is plain text, without making a node of it.</summary>
    public string? Text
    {
        get
        {
            var raw = _raw.Span;
            if (raw.Length >= 2 && raw[0] == '"' && raw.IndexOf((byte)'\\') < 0)
                return Encoding.UTF8.GetString(raw[1..^1]);
            return Node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;
        }
    }

    public void Write(Utf8JsonWriter writer)
    {
        writer.WritePropertyName(VariableId ?? Name);
        if (!_raw.IsEmpty)
            writer.WriteRawValue(_raw.Span, skipInputValidation: true);
        else if (_node is null)
            writer.WriteNullValue();
        else
            _node.WriteTo(writer);
    }
}

/// <summary>The same for a whole object that a state holds.</summary>
internal struct LazyObject
{
    private ReadOnlyMemory<byte> _raw;
    private JsonObject? _node;

    public JsonObject? Node
    {
        get
        {
            if (!_raw.IsEmpty)
            {
                _node = (JsonObject?)JsonNode.Parse(_raw.Span, null, Json.Deep);
                _raw = default;
            }
            return _node;
        }
        set
        {
            _raw = default;
            _node = value;
        }
    }

    public ReadOnlyMemory<byte> Raw { set => _raw = value; }

    public readonly bool IsEmpty => _raw.IsEmpty && _node is not { Count: > 0 };

    public readonly void Write(Utf8JsonWriter writer)
    {
        if (!_raw.IsEmpty)
            writer.WriteRawValue(_raw.Span, skipInputValidation: true);
        else
            _node!.WriteTo(writer);
    }
}
