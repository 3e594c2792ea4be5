using Switchboard.Rules.Feel;

namespace Switchboard.Rules.Dmn.Types;

/// <summary>
/// A type as a model knows it: a FEEL type and the values that it allows. What crosses a typed boundary (an input, a variable, a
/// parameter, an output of a table) goes through <see cref="Conform"/>.
/// </summary>
internal sealed class ItemType(string name, FeelType type)
{
    public static readonly ItemType Any = new("Any", FeelType.Any);

    public string Name { get; } = name;

    public FeelType Type { get; } = type;

    /// <summary>What the elements of a collection are; null for anything else.</summary>
    public ItemType? Element { get; init; }

    /// <summary>The components of a structure; null for anything else.</summary>
    public IReadOnlyList<(string Name, ItemType Type)>? Components { get; init; }

    /// <summary>The type that this one narrows.</summary>
    public ItemType? Narrowed { get; init; }

    /// <summary>What a value must satisfy: unary tests over it.</summary>
    public FeelExpression? Allowed { get; init; }

    /// <summary>The element with the text of <see cref="Allowed"/>: it gives hit policies their order.</summary>
    public DmnElement? AllowedTexts { get; init; }

    /// <summary>The result of a function type; null for anything else.</summary>
    public ItemType? Result { get; init; }

    /// <summary>Whether any value at all may be refused beyond its FEEL type.</summary>
    public bool IsConstrained =>
        Allowed is not null || Narrowed is { IsConstrained: true } || Element is { IsConstrained: true }
        || (Components?.Any(component => component.Type.IsConstrained) ?? false);

    /// <summary>
    /// The value as this type has it (DMN 1.5 §10.3.2.9.4: a singleton list for its element, a list for a single value, a date
    /// for a date and time), or null with a diagnostic where it does not conform or is not allowed.
    /// </summary>
    public FeelValue Conform(FeelValue value, FeelRun run, string what)
    {
        if (value.IsNull || ReferenceEquals(this, Any))
            return value;
        var conformed = FeelOperators.Conform(run, value, Type);
        if (conformed.IsNull || !HasAll(conformed))
            return run.Fail("type_mismatch", $"{what} should be {Name}, but is {Shorten(value)}.");
        return Allows(conformed, run) ? conformed : run.Fail("value_not_allowed", $"{what} is {Shorten(conformed)}, which {Name} does not allow.");
    }

    /// <summary>The value with null for the components that it lacks: data from outside often leaves out what is not known.</summary>
    public FeelValue Complete(FeelValue value)
    {
        if (Element is not null && value.Kind == FeelKind.List)
            return Element.HasAll(value.AsList()) ? value : FeelValue.Of(value.AsList().Select(Element.Complete).ToArray());
        if (Components is null || value.Kind != FeelKind.Context || HasAll(value))
            return value;
        var given = value.AsContext();
        var extra = given.Entries.Where(entry => !Components.Any(component => component.Name == entry.Key)).ToList();
        var shape = new RowShape(Name, [.. Components.Select(component => new RowField(component.Name, component.Type.Type)), .. extra.Select(entry => new RowField(entry.Key, FeelType.Any))]);
        return FeelValue.Of(new FeelRow(shape,
            [.. Components.Select(component => given.TryGet(component.Name, out var part) ? component.Type.Complete(part) : default), .. extra.Select(entry => entry.Value)]));
    }

    /// <summary>Whether a structure has every component, null or not: one that lacks some is of another type (DMN 1.5 §10.3.2.9.2).</summary>
    private bool HasAll(FeelValue value)
    {
        if (Element is not null)
            return value.Kind != FeelKind.List || Element.HasAll(value.AsList());
        return Components is null || value.Kind != FeelKind.Context
            || Components.All(component => value.AsContext().TryGet(component.Name, out var part) && component.Type.HasAll(part));
    }

    private bool HasAll(IReadOnlyList<FeelValue> values) => (Components is null && Element is null) || values.All(HasAll);

    private static string Shorten(FeelValue value)
    {
        var text = value.ToString();
        return text is null ? "null" : text.Length <= 60 ? text : text[..57] + "…";
    }

    private bool Allows(FeelValue value, FeelRun run)
    {
        if (value.IsNull)
            return true;
        if (Allowed is not null && !Allowed.IsTrue([value], run))
            return false;
        if (Narrowed is { IsConstrained: true } && !Narrowed.Allows(value, run))
            return false;
        if (Element is { IsConstrained: true } && value.Kind == FeelKind.List)
        {
            foreach (var element in value.AsList())
            {
                if (!Element.Allows(element, run))
                    return false;
            }
        }
        if (Components is not null && value.Kind == FeelKind.Context)
        {
            foreach (var (component, type) in Components)
            {
                if (type.IsConstrained && value.AsContext().TryGet(component, out var part) && !type.Allows(part, run))
                    return false;
            }
        }
        return true;
    }
}
