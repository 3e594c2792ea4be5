namespace Switchboard.Rules.Feel;

/// <summary>Named values. Never changed once others can see it.</summary>
public abstract class FeelContext
{
    /// <summary>How many entries there are.</summary>
    public abstract int Count { get; }

    /// <summary>The entries in their order.</summary>
    public abstract IEnumerable<KeyValuePair<string, FeelValue>> Entries { get; }

    /// <summary>The entry of this name; false where there is none.</summary>
    public abstract bool TryGet(string name, out FeelValue value);
}

/// <summary>The names and types of the fields that all rows of one kind have: a fact type, an item definition, the input of a table.</summary>
public sealed class RowShape
{
    private readonly Dictionary<string, int> indexes;

    /// <exception cref="ArgumentException">A name stands twice.</exception>
    public RowShape(string name, IReadOnlyList<RowField> fields)
    {
        Name = name;
        Fields = fields;
        indexes = new Dictionary<string, int>(fields.Count, StringComparer.Ordinal);
        for (var i = 0; i < fields.Count; i++)
        {
            if (!indexes.TryAdd(fields[i].Name, i))
                throw new ArgumentException($"{name} has two fields named {fields[i].Name}.", nameof(fields));
        }
    }

    /// <summary>What a row is called, for messages.</summary>
    public string Name { get; }

    /// <summary>The fields; a row's values stand in the same order.</summary>
    public IReadOnlyList<RowField> Fields { get; }

    /// <summary>Where the field's value stands in a row; -1 where there is no such field.</summary>
    public int IndexOf(string name) => indexes.GetValueOrDefault(name, -1);
}

/// <summary>A field of a <see cref="RowShape"/>.</summary>
/// <param name="Name">As expressions name it.</param>
/// <param name="Type">What it holds; null is always allowed.</param>
public readonly record struct RowField(string Name, FeelType Type);

/// <summary>A context with the fields of a shape: its values stand in an array, so that a compiled expression reads one by its index.</summary>
public class FeelRow(RowShape shape, FeelValue[] values) : FeelContext
{
    /// <summary>What the fields are.</summary>
    public RowShape Shape { get; } = shape;

    /// <summary>One value a field, in the order of the shape.</summary>
    public FeelValue[] Values { get; } = values;

    /// <inheritdoc/>
    public override int Count => Values.Length;

    /// <inheritdoc/>
    public override IEnumerable<KeyValuePair<string, FeelValue>> Entries =>
        Shape.Fields.Select((named, i) => KeyValuePair.Create(named.Name, Values[i]));

    /// <inheritdoc/>
    public override bool TryGet(string name, out FeelValue value)
    {
        var index = Shape.IndexOf(name);
        value = index < 0 ? default : Values[index];
        return index >= 0;
    }
}
