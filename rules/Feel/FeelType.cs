namespace Switchboard.Rules.Feel;

/// <summary>
/// What is known of a value before it is there. Every type allows null. Equality is structural, but for
/// <see cref="RowType"/>, which is its shape.
/// </summary>
public abstract record FeelType
{
    /// <summary>Nothing is known.</summary>
    public static readonly FeelType Any = new SimpleType("Any", null);

    /// <summary>True or false.</summary>
    public static readonly FeelType Boolean = new SimpleType("boolean", FeelKind.Boolean);

    /// <summary>A number.</summary>
    public static readonly FeelType Number = new SimpleType("number", FeelKind.Number);

    /// <summary>A text.</summary>
    public static readonly FeelType String = new SimpleType("string", FeelKind.String);

    /// <summary>A date.</summary>
    public static readonly FeelType Date = new SimpleType("date", FeelKind.Date);

    /// <summary>A time of day.</summary>
    public static readonly FeelType Time = new SimpleType("time", FeelKind.Time);

    /// <summary>A date and time.</summary>
    public static readonly FeelType DateTime = new SimpleType("date and time", FeelKind.DateTime);

    /// <summary>Days, hours, minutes and seconds.</summary>
    public static readonly FeelType DaysDuration = new SimpleType("days and time duration", FeelKind.DaysDuration);

    /// <summary>Years and months.</summary>
    public static readonly FeelType MonthsDuration = new SimpleType("years and months duration", FeelKind.MonthsDuration);

    /// <summary>Only null.</summary>
    public static readonly FeelType Null = new SimpleType("Null", FeelKind.Null);
}

/// <summary>A type without parts.</summary>
/// <param name="Name">As DMN 1.5 §10.3.1.2 writes it.</param>
/// <param name="Kind">The kind of its values; null for Any.</param>
public sealed record SimpleType(string Name, FeelKind? Kind) : FeelType
{
    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>list&lt;T&gt;</summary>
/// <param name="Element">What its elements are.</param>
public sealed record ListType(FeelType Element) : FeelType
{
    /// <inheritdoc/>
    public override string ToString() => $"list<{Element}>";
}

/// <summary>range&lt;T&gt;</summary>
/// <param name="Endpoint">What its ends are.</param>
public sealed record RangeType(FeelType Endpoint) : FeelType
{
    /// <inheritdoc/>
    public override string ToString() => $"range<{Endpoint}>";
}

/// <summary>function&lt;…&gt; -&gt; R</summary>
/// <param name="Parameters">The types of its parameters.</param>
/// <param name="Result">The type of its result.</param>
public sealed record FunctionType(IReadOnlyList<FeelType> Parameters, FeelType Result) : FeelType
{
    /// <inheritdoc/>
    public bool Equals(FunctionType? other) => other is not null && Parameters.SequenceEqual(other.Parameters) && Result == other.Result;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Parameters.Count, Result);

    /// <inheritdoc/>
    public override string ToString() => $"function<{string.Join(", ", Parameters)}> -> {Result}";
}

/// <summary>context&lt;a: T, …&gt;: rows of a shape, or any context that has the shape's fields.</summary>
/// <param name="Shape">The fields.</param>
public sealed record RowType(RowShape Shape) : FeelType
{
    /// <inheritdoc/>
    public override string ToString() => Shape.Name == "context" ? $"context<{string.Join(", ", Shape.Fields.Select(part => $"{part.Name}: {part.Type}"))}>" : Shape.Name;
}
