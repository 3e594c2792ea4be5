namespace Switchboard.Rules.Feel.Syntax;

/// <summary>What an expression says, as a tree. Two trees are equal when they say the same, wherever it stands in the text.</summary>
public abstract record FeelSyntax
{
    /// <summary>Where it stands in the source text.</summary>
    public TextSpan Span { get; init; }

    /// <summary>The place in the text is no part of what is said.</summary>
    public virtual bool Equals(FeelSyntax? other) => other is not null && EqualityContract == other.EqualityContract;

    /// <inheritdoc/>
    public override int GetHashCode() => EqualityContract.GetHashCode();
}

/// <summary>A value written out: a number, a text, true, false, null, or @"…".</summary>
/// <param name="Value">The value.</param>
public sealed record LiteralSyntax(FeelValue Value) : FeelSyntax
{
    /// <summary>The text between the quotes of @"…", where it was written so.</summary>
    public string? At { get; init; }

    /// <summary>Numbers and texts are the same when they print the same.</summary>
    public bool Equals(LiteralSyntax? other) =>
        other is not null && At == other.At && Value.Kind == other.Value.Kind && FeelLiteral.Print(Value) == FeelLiteral.Print(other.Value);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(At, Value.Kind);
}

/// <summary>A variable, a built-in function or an unknown name.</summary>
/// <param name="Name">With single spaces.</param>
public sealed record NameSyntax(string Name) : FeelSyntax;

/// <summary>The value that a unary test is about: ?</summary>
public sealed record TestedSyntax : FeelSyntax;

/// <summary>What stands between two operands.</summary>
public enum BinaryOperator
{
    /// <summary>or</summary>
    Or,

    /// <summary>and</summary>
    And,

    /// <summary>=</summary>
    Equal,

    /// <summary>!=</summary>
    NotEqual,

    /// <summary>&lt;</summary>
    Less,

    /// <summary>&lt;=</summary>
    LessOrEqual,

    /// <summary>&gt;</summary>
    Greater,

    /// <summary>&gt;=</summary>
    GreaterOrEqual,

    /// <summary>+</summary>
    Add,

    /// <summary>-</summary>
    Subtract,

    /// <summary>*</summary>
    Multiply,

    /// <summary>/</summary>
    Divide,

    /// <summary>**</summary>
    Power,
}

/// <summary>Two operands and what stands between them.</summary>
/// <param name="Operator">What stands between.</param>
/// <param name="Left">Before it.</param>
/// <param name="Right">After it.</param>
public sealed record BinarySyntax(BinaryOperator Operator, FeelSyntax Left, FeelSyntax Right) : FeelSyntax;

/// <summary>-operand</summary>
/// <param name="Operand">What is negated.</param>
public sealed record NegateSyntax(FeelSyntax Operand) : FeelSyntax;

/// <summary>value between low and high</summary>
/// <param name="Value">What is tested.</param>
/// <param name="Low">The least.</param>
/// <param name="High">The greatest.</param>
public sealed record BetweenSyntax(FeelSyntax Value, FeelSyntax Low, FeelSyntax High) : FeelSyntax;

/// <summary>value in (test, …)</summary>
/// <param name="Value">What is tested.</param>
/// <param name="Tests">One of them must hold.</param>
public sealed record InSyntax(FeelSyntax Value, SyntaxList<FeelSyntax> Tests) : FeelSyntax;

/// <summary>An operator and its right side, as a test or as a value: &lt; 10, = x. The left side is what is tested.</summary>
/// <param name="Operator">A comparison.</param>
/// <param name="Bound">What it is compared with.</param>
public sealed record UnaryComparisonSyntax(BinaryOperator Operator, FeelSyntax Bound) : FeelSyntax;

/// <summary>The cells of a table: - or tests with commas between, or not(…) of these.</summary>
/// <param name="Tests">One of them must hold; none for -, which always holds.</param>
/// <param name="IsNegated">Whether none of them may hold.</param>
public sealed record UnaryTestsSyntax(SyntaxList<FeelSyntax> Tests, bool IsNegated) : FeelSyntax;

/// <summary>[low..high] and its open forms.</summary>
/// <param name="LowIncluded">Whether the low end belongs to it.</param>
/// <param name="Low">The low end.</param>
/// <param name="High">The high end.</param>
/// <param name="HighIncluded">Whether the high end belongs to it.</param>
public sealed record RangeSyntax(bool LowIncluded, FeelSyntax Low, FeelSyntax High, bool HighIncluded) : FeelSyntax;

/// <summary>[element, …]</summary>
/// <param name="Elements">In their order.</param>
public sealed record ListSyntax(SyntaxList<FeelSyntax> Elements) : FeelSyntax;

/// <summary>{key: value, …}</summary>
/// <param name="Entries">In their order; later ones see earlier ones.</param>
public sealed record ContextSyntax(SyntaxList<EntrySyntax> Entries) : FeelSyntax;

/// <summary>An entry of a context.</summary>
/// <param name="Key">Its name.</param>
/// <param name="Value">Its value.</param>
public sealed record EntrySyntax(string Key, FeelSyntax Value) : FeelSyntax;

/// <summary>source.name</summary>
/// <param name="Source">What is looked into.</param>
/// <param name="Name">The entry or property.</param>
public sealed record PathSyntax(FeelSyntax Source, string Name) : FeelSyntax;

/// <summary>source[filter]: an index or a condition, which shows when it runs.</summary>
/// <param name="Source">The list.</param>
/// <param name="Condition">What decides; it sees item and the entries of the element.</param>
public sealed record FilterSyntax(FeelSyntax Source, FeelSyntax Condition) : FeelSyntax;

/// <summary>function(argument, …), all by position or all by name.</summary>
/// <param name="Function">What is called.</param>
/// <param name="Arguments">The arguments.</param>
public sealed record CallSyntax(FeelSyntax Function, SyntaxList<ArgumentSyntax> Arguments) : FeelSyntax;

/// <summary>An argument of a call.</summary>
/// <param name="Name">Null by position.</param>
/// <param name="Value">What is passed.</param>
public sealed record ArgumentSyntax(string? Name, FeelSyntax Value) : FeelSyntax;

/// <summary>if condition then … else …</summary>
/// <param name="Condition">Only true chooses the first.</param>
/// <param name="Then">The first.</param>
/// <param name="Otherwise">The second.</param>
public sealed record IfSyntax(FeelSyntax Condition, FeelSyntax Then, FeelSyntax Otherwise) : FeelSyntax;

/// <summary>for name in … return …</summary>
/// <param name="Iterators">Later ones see earlier ones and run faster.</param>
/// <param name="Body">It also sees partial: the results so far.</param>
public sealed record ForSyntax(SyntaxList<IteratorSyntax> Iterators, FeelSyntax Body) : FeelSyntax;

/// <summary>some or every name in … satisfies …</summary>
/// <param name="IsEvery">Whether all must, not just one.</param>
/// <param name="Iterators">Later ones see earlier ones.</param>
/// <param name="Condition">What is asked of each.</param>
public sealed record QuantifiedSyntax(bool IsEvery, SyntaxList<IteratorSyntax> Iterators, FeelSyntax Condition) : FeelSyntax;

/// <summary>name in source, or name in from..to</summary>
/// <param name="Name">The variable.</param>
/// <param name="Source">A list, or where the iteration begins.</param>
/// <param name="To">Where it ends; null for a list.</param>
public sealed record IteratorSyntax(string Name, FeelSyntax Source, FeelSyntax? To) : FeelSyntax;

/// <summary>function(name: type, …) body</summary>
/// <param name="Parameters">The parameters.</param>
/// <param name="Body">What it gives; null for an external one, which is refused.</param>
public sealed record FunctionSyntax(SyntaxList<ParameterSyntax> Parameters, FeelSyntax? Body) : FeelSyntax;

/// <summary>A parameter of a function.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its type, where one is written.</param>
public sealed record ParameterSyntax(string Name, TypeSyntax? Type) : FeelSyntax;

/// <summary>value instance of type</summary>
/// <param name="Value">What is asked about.</param>
/// <param name="Type">The type.</param>
public sealed record InstanceOfSyntax(FeelSyntax Value, TypeSyntax Type) : FeelSyntax;

/// <summary>A type as written: a name, list&lt;…&gt;, range&lt;…&gt;, context&lt;…&gt; or function&lt;…&gt; -&gt; ….</summary>
/// <param name="Name">The name before any &lt;.</param>
/// <param name="Arguments">Between &lt; and &gt;; for a function its parameters, then its result.</param>
/// <param name="Fields">The names of a context's entries, one an argument.</param>
public sealed record TypeSyntax(string Name, SyntaxList<TypeSyntax> Arguments, SyntaxList<string> Fields) : FeelSyntax;

/// <summary>Parts of one kind, in their order; equal when the parts are.</summary>
/// <typeparam name="T">What they are.</typeparam>
/// <param name="items">The parts; the list takes the array as it is.</param>
public sealed class SyntaxList<T>(params T[] items) : IReadOnlyList<T>, IEquatable<SyntaxList<T>>
{
    /// <inheritdoc/>
    public int Count => items.Length;

    /// <inheritdoc/>
    public T this[int index] => items[index];

    /// <inheritdoc/>
    public IEnumerator<T> GetEnumerator() => ((IEnumerable<T>)items).GetEnumerator();

    System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => items.GetEnumerator();

    /// <inheritdoc/>
    public bool Equals(SyntaxList<T>? other) => other is not null && this.SequenceEqual(other);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as SyntaxList<T>);

    /// <inheritdoc/>
    public override int GetHashCode() => items.Length;
}
