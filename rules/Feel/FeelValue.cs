using System.Runtime.CompilerServices;

namespace Switchboard.Rules.Feel;

/// <summary>What a <see cref="FeelValue"/> is (DMN 1.5 §10.3.2).</summary>
public enum FeelKind : byte
{
    /// <summary>Nothing, unknown, or what an error gave.</summary>
    Null,

    /// <summary>True or false.</summary>
    Boolean,

    /// <summary>A decimal number of up to 34 digits.</summary>
    Number,

    /// <summary>Text; its unit is the Unicode code point.</summary>
    String,

    /// <summary>A day of the calendar.</summary>
    Date,

    /// <summary>A time of day, with or without a zone.</summary>
    Time,

    /// <summary>A date and a time of day, with or without a zone.</summary>
    DateTime,

    /// <summary>A duration of days, hours, minutes and seconds.</summary>
    DaysDuration,

    /// <summary>A duration of years and months.</summary>
    MonthsDuration,

    /// <summary>A list of values.</summary>
    List,

    /// <summary>Named values: a <see cref="FeelContext"/>.</summary>
    Context,

    /// <summary>A range of comparable values.</summary>
    Range,

    /// <summary>Something that can be called.</summary>
    Function,
}

/// <summary>
/// Any value of FEEL. The default is null. Booleans and numbers of up to 28 digits are held without an object, so that
/// arithmetic allocates nothing.
/// </summary>
public readonly partial struct FeelValue
{
    private readonly decimal number;

    private FeelValue(FeelKind kind, decimal number, object? reference)
    {
        Kind = kind;
        this.number = number;
        Reference = reference;
    }

    /// <summary>What it is.</summary>
    public FeelKind Kind { get; }

    /// <summary>The object that holds it, for every kind that is not held in place; null for null, booleans and short numbers.</summary>
    public object? Reference { get; }

    /// <summary>Nothing.</summary>
    public static FeelValue Null => default;

    /// <summary>Whether it is null.</summary>
    public bool IsNull => Kind == FeelKind.Null;

    /// <summary>Whether it is exactly true: the only value that lets a row or a rule match.</summary>
    public bool IsTrue => Kind == FeelKind.Boolean && number != 0;

    /// <summary>Whether it is exactly false.</summary>
    public bool IsFalse => Kind == FeelKind.Boolean && number == 0;

    /// <summary>True or false.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FeelValue Of(bool value) => new(FeelKind.Boolean, value ? decimal.One : decimal.Zero, null);

    /// <summary>A boolean, or null where it is not known.</summary>
    public static FeelValue Of(bool? value) => value is { } known ? Of(known) : default;

    /// <summary>A number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FeelValue Of(decimal value) => new(FeelKind.Number, value, null);

    /// <summary>A text, or null.</summary>
    public static FeelValue Of(string? value) => value is null ? default : new(FeelKind.String, 0, value);

    /// <summary>A list. It must not be changed afterwards.</summary>
    public static FeelValue Of(IReadOnlyList<FeelValue> value) => new(FeelKind.List, 0, value);

    /// <summary>A context, or null.</summary>
    public static FeelValue Of(FeelContext? value) => value is null ? default : new(FeelKind.Context, 0, value);

    /// <summary>The boolean; only of <see cref="FeelKind.Boolean"/>.</summary>
    public bool AsBoolean() => Kind == FeelKind.Boolean ? number != 0 : throw Wrong(FeelKind.Boolean);

    /// <summary>The text; only of <see cref="FeelKind.String"/>.</summary>
    public string AsString() => Kind == FeelKind.String ? (string)Reference! : throw Wrong(FeelKind.String);

    /// <summary>The elements; only of <see cref="FeelKind.List"/>.</summary>
    public IReadOnlyList<FeelValue> AsList() => Kind == FeelKind.List ? (IReadOnlyList<FeelValue>)Reference! : throw Wrong(FeelKind.List);

    /// <summary>The entries; only of <see cref="FeelKind.Context"/>.</summary>
    public FeelContext AsContext() => Kind == FeelKind.Context ? (FeelContext)Reference! : throw Wrong(FeelKind.Context);

    private InvalidOperationException Wrong(FeelKind wanted) => new($"The value is {Kind}, not {wanted}.");
}
