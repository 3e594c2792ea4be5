using System.Text.Json;
using System.Text.Json.Nodes;

using Switchboard.Workflows.Expressions;

namespace Switchboard.Workflows.Activities;

/// <summary>An input of an activity type, as the designer shows it and the burst reads it.</summary>
/// <param name="name">PascalCase; in the definition it is the camelCase form.</param>
public abstract class Input(string name)
{
    /// <summary>PascalCase.</summary>
    public string Name { get; } = name;

    /// <summary>The key in the definition's JSON.</summary>
    public string JsonName { get; } = JsonNamingPolicy.CamelCase.ConvertName(name);

    /// <summary>The title in the designer; null for the name in words.</summary>
    public string? DisplayName { get; init; }

    /// <summary>A sentence for the person who fills it in.</summary>
    public string? Description { get; init; }

    /// <summary>The tab or section in the designer.</summary>
    public string? Category { get; init; }

    /// <summary>The editor, one of Elsa's UI hints; by default the one of the type.</summary>
    public string? Hint { get; init; }

    /// <summary>The choices of a <c>dropdown</c>, <c>checklist</c> or <c>radiolist</c>; null for those of the type.</summary>
    public IReadOnlyList<string>? Options { get; init; }

    /// <summary>What it names, of which the host knows what there is, such as <c>form</c> or <c>role</c>: the editor then offers those. Null for what nobody can list.</summary>
    public string? Picks { get; init; }

    /// <summary>Whether what can be picked depends on the workflow: the designer then asks for it when it shows the activity.</summary>
    public bool PicksByWorkflow { get; init; }

    /// <summary>Settings of the editor under Elsa's keys (<c>dropdown</c>, <c>DynamicOutcomesOptions</c>, …), as JSON text; null for those that follow from the options.</summary>
    public string? UiSpecifications { get; init; }

    /// <summary>The expression type of a fresh input; null for <c>Literal</c>.</summary>
    public string? DefaultSyntax { get; init; }

    /// <summary>Elsa's alias of the type, by default that of the .NET type.</summary>
    public string? TypeName { get; init; }

    /// <summary>False for a plain JSON value in the definition instead of <c>{typeName, expression}</c>.</summary>
    public bool IsWrapped { get; init; } = true;

    /// <summary>False if it is evaluated anew each time that the activity reads it, and not before it runs.</summary>
    public bool AutoEvaluate { get; init; } = true;

    /// <summary>Whether a definition without it cannot be published.</summary>
    public bool IsRequired { get; init; }

    /// <summary>Whether its values never go into the journal.</summary>
    public bool IsSensitive { get; init; }

    /// <summary>Whether a secret can stand here, or in a member of the object that stands here.</summary>
    public bool TakesSecrets { get; init; }

    /// <summary>Whether the designer shows it.</summary>
    public bool IsBrowsable { get; init; } = true;

    /// <summary>The .NET type of its values.</summary>
    public abstract Type Type { get; }

    /// <summary>Its value when the definition says nothing or the expression yields nothing.</summary>
    public abstract object? DefaultValue { get; }

    internal int Index { get; set; } = -1;

    internal abstract object? Convert(JsonNode? value);

    internal abstract object? Convert(JsonElement value);

    internal abstract JsonNode? ToNode(object? value);
}

/// <inheritdoc cref="Input"/>
/// <typeparam name="T">What the activity's code gets; expressions' values are converted to it as Elsa does.</typeparam>
/// <param name="name">PascalCase.</param>
public sealed class Input<T>(string name) : Input(name)
{
    /// <summary>Its value when the definition says nothing or the expression yields nothing.</summary>
    public T? Default { get; init; }

    /// <inheritdoc/>
    public override Type Type => typeof(T);

    /// <inheritdoc/>
    public override object? DefaultValue => Default;

    internal override object? Convert(JsonNode? value) => value is null ? Default : Conversion.To<T>(value);

    internal override object? Convert(JsonElement value) => Convert(Json.Node(value));

    internal override JsonNode? ToNode(object? value) => value is null ? null : Conversion.From((T)value);
}

/// <summary>An output of an activity type.</summary>
/// <param name="name">PascalCase; in the definition it is the camelCase form.</param>
public abstract class Output(string name)
{
    /// <summary>PascalCase.</summary>
    public string Name { get; } = name;

    /// <summary>The key in the definition's JSON.</summary>
    public string JsonName { get; } = JsonNamingPolicy.CamelCase.ConvertName(name);

    /// <summary>The title in the designer; null for the name in words.</summary>
    public string? DisplayName { get; init; }

    /// <summary>A sentence for the person who binds it.</summary>
    public string? Description { get; init; }

    /// <summary>Elsa's alias of the type, by default that of the .NET type.</summary>
    public string? TypeName { get; init; }

    /// <summary>The .NET type of its values.</summary>
    public abstract Type Type { get; }
}

/// <inheritdoc cref="Output"/>
/// <typeparam name="T">What the activity's code sets.</typeparam>
/// <param name="name">PascalCase.</param>
public sealed class Output<T>(string name) : Output(name)
{
    /// <inheritdoc/>
    public override Type Type => typeof(T);
}

/// <summary>A slot for one embedded child, such as the branch of an If.</summary>
/// <param name="name">PascalCase; the child is in the definition under the camelCase form.</param>
public sealed class Port(string name)
{
    /// <summary>PascalCase.</summary>
    public string Name { get; } = name;

    /// <summary>The key in the definition's JSON.</summary>
    public string JsonName { get; } = JsonNamingPolicy.CamelCase.ConvertName(name);

    /// <summary>Whether the designer shows it as a slot.</summary>
    public bool IsBrowsable { get; init; } = true;

    internal int Index { get; set; } = -1;
}

/// <summary>A list of embedded children, such as the activities of a sequence.</summary>
/// <param name="name">PascalCase; the children are in the definition under the camelCase form.</param>
public sealed class PortList(string name)
{
    /// <summary>PascalCase.</summary>
    public string Name { get; } = name;

    /// <summary>The key in the definition's JSON.</summary>
    public string JsonName { get; } = JsonNamingPolicy.CamelCase.ConvertName(name);

    internal int Index { get; set; } = -1;
}
