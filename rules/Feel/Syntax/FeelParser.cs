namespace Switchboard.Rules.Feel.Syntax;

/// <summary>
/// Parses expressions and unary tests (the grammar of DMN 1.5 §10.3.1.2) by recursive descent. Names are read by the longest
/// match against what is known: the scope, local names, and the built-in functions. Where a construct can only be told from
/// another by its end (a range from parentheses), it is tried and the scanner set back.
/// </summary>
internal sealed partial class FeelParser
{
    /// <summary>How deep a tree may be. Deeper ones are refused: whoever walks the tree has a stack of its own depth.</summary>
    public const int MaxDepth = 400;

    /// <summary>The longest text that is taken.</summary>
    public const int MaxLength = 1_000_000;

    private static readonly string[] Properties =
    [
        "year", "month", "day", "weekday", "hour", "minute", "second", "time offset", "timezone", "years", "months", "days",
        "hours", "minutes", "seconds", "start", "end", "start included", "end included",
    ];

    private static readonly NamePool BuiltInNames = PoolOf(BuiltIns.Names);
    private static readonly NamePool PropertyNames = PoolOf(Properties);

    private readonly FeelScanner scanner;
    private readonly FeelScope scope;
    private readonly List<(string Key, string Name)> locals = [];
    private readonly NamePool members = new();
    private readonly Dictionary<int, (FeelSyntax Inner, int End)> grouped = [];
    private readonly int mostWork;
    private int work;
    private int nesting;
    private int filters;
    private bool isHighEnd;
    private int longestLocal;

    public FeelParser(string text, FeelScope scope)
    {
        if (text.Length > MaxLength)
            throw new FeelSyntaxException("too_long", $"The expression has {text.Length} characters; {MaxLength} are the most.", default);
        this.scope = scope;
        mostWork = 20_000 + (10 * text.Length);
        scanner = new FeelScanner(text);
        scanner.Reset(0);
        longestLocal = scope.LongestKey;
    }

    public FeelSyntax ParseExpression()
    {
        var expression = Expression();
        return scanner.IsAtEnd ? expression : throw Unexpected("the end of the expression");
    }

    /// <summary>A cell: -, tests with commas between, or not(…) of these.</summary>
    public UnaryTestsSyntax ParseUnaryTests()
    {
        var start = scanner.Position;
        if (scanner.Current == '-')
        {
            scanner.Take('-');
            if (scanner.IsAtEnd)
                return new UnaryTestsSyntax([], false) { Span = scanner.From(start) };
            scanner.Reset(start);
        }
        if (scanner.IsWord("not") && Negated(start) is { } negated)
            return negated;
        var tests = Tests();
        return scanner.IsAtEnd ? new UnaryTestsSyntax(tests, false) { Span = scanner.From(start) } : throw Unexpected("a comma or the end of the test");
    }

    private UnaryTestsSyntax? Negated(int start)
    {
        try
        {
            scanner.TakeWord("not");
            if (scanner.Take('('))
            {
                var tests = Tests();
                if (scanner.Take(')') && scanner.IsAtEnd)
                    return new UnaryTestsSyntax(tests, true) { Span = scanner.From(start) };
            }
        }
        catch (FeelSyntaxException)
        {
            // It is no list of tests in parentheses, so it is an expression that begins with not: its own error counts.
        }
        scanner.Reset(start);
        return null;
    }

    private SyntaxList<FeelSyntax> Tests()
    {
        var tests = new List<FeelSyntax> { Test(Expression) };
        while (scanner.Take(','))
            tests.Add(Test(Expression));
        return new SyntaxList<FeelSyntax>([.. tests]);
    }

    /// <summary>A comparison without its left side, or what the value is tested against.</summary>
    private FeelSyntax Test(Func<FeelSyntax> otherwise)
    {
        var start = scanner.Position;
        return TakeComparison() is { } comparison
            ? new UnaryComparisonSyntax(comparison, Additive()) { Span = scanner.From(start) }
            : otherwise();
    }

    private FeelSyntax Expression()
    {
        if (++nesting > MaxDepth / 4)
            throw new FeelSyntaxException("too_deep", $"The expression is nested more than {MaxDepth / 4} levels deep: split it.", new TextSpan(scanner.Position, 1));
        try
        {
            return Disjunction();
        }
        finally
        {
            nesting--;
        }
    }

    private FeelSyntax Disjunction()
    {
        var start = scanner.Position;
        var left = Conjunction();
        for (var length = 1; scanner.TakeWord("or"); length++)
            left = Binary(BinaryOperator.Or, left, Conjunction(), start, length);
        return left;
    }

    private FeelSyntax Conjunction()
    {
        var start = scanner.Position;
        var left = Comparison();
        for (var length = 1; scanner.TakeWord("and"); length++)
            left = Binary(BinaryOperator.And, left, Comparison(), start, length);
        return left;
    }

    private FeelSyntax Comparison()
    {
        var start = scanner.Position;
        var left = Additive();
        for (var length = 1; ; length++)
        {
            if (TakeComparison() is { } comparison)
            {
                left = Binary(comparison, left, Additive(), start, length);
            }
            else if (scanner.TakeWord("between"))
            {
                var low = Additive();
                if (!scanner.TakeWord("and"))
                    throw Unexpected("and, as in between 1 and 9");
                left = new BetweenSyntax(left, low, Additive()) { Span = scanner.From(start) };
            }
            else if (scanner.TakeWord("in"))
            {
                left = new InSyntax(left, InTests()) { Span = scanner.From(start) };
            }
            else
            {
                return left;
            }
            RefuseLength(length, start);
        }
    }

    /// <summary>One test, or several in parentheses.</summary>
    private SyntaxList<FeelSyntax> InTests()
    {
        var start = scanner.Position;
        if (scanner.Take('('))
        {
            try
            {
                var tests = Tests();
                if (scanner.Take(')'))
                {
                    if (tests.Count > 1 || tests[0] is UnaryComparisonSyntax)
                        return tests;
                    // Something in parentheses, perhaps with more behind it: it is not read a second time.
                    grouped[start] = (tests[0], scanner.End);
                }
            }
            catch (FeelSyntaxException)
            {
                // Not a list of tests: a range such as (1..9], or something in parentheses.
            }
            scanner.Reset(start);
        }
        return new SyntaxList<FeelSyntax>(Test(Additive));
    }

    private FeelSyntax Additive()
    {
        var start = scanner.Position;
        var left = Multiplicative();
        for (var length = 1; scanner.Current is '+' or '-'; length++)
        {
            var sign = scanner.Current;
            scanner.Take(sign);
            left = Binary(sign == '+' ? BinaryOperator.Add : BinaryOperator.Subtract, left, Multiplicative(), start, length);
        }
        return left;
    }

    private FeelSyntax Multiplicative()
    {
        var start = scanner.Position;
        var left = Power();
        for (var length = 1; scanner.Current is '*' or '/' && scanner.At(1) != '*'; length++)
        {
            var sign = scanner.Current;
            scanner.Take(sign);
            left = Binary(sign == '*' ? BinaryOperator.Multiply : BinaryOperator.Divide, left, Power(), start, length);
        }
        return left;
    }

    private FeelSyntax Power()
    {
        var start = scanner.Position;
        var left = Unary();
        for (var length = 1; scanner.Take("**"); length++)
            left = Binary(BinaryOperator.Power, left, Unary(), start, length);
        return left;
    }

    private FeelSyntax Unary()
    {
        var start = scanner.Position;
        var signs = 0;
        while (scanner.Take('-'))
            RefuseLength(++signs, start);
        var operand = InstanceOf();
        for (; signs > 0; signs--)
            operand = new NegateSyntax(operand) { Span = scanner.From(start) };
        return operand;
    }

    private FeelSyntax InstanceOf()
    {
        var start = scanner.Position;
        var value = Postfix();
        while (scanner.IsWord("instance"))
        {
            scanner.TakeWord("instance");
            if (!scanner.TakeWord("of"))
                throw Unexpected("of, as in instance of number");
            value = new InstanceOfSyntax(value, Type()) { Span = scanner.From(start) };
        }
        return value;
    }

    private FeelSyntax Postfix()
    {
        var start = scanner.Position;
        var mayEndRange = isHighEnd;
        isHighEnd = false;
        var source = Primary();
        for (var length = 1; ; length++)
        {
            RefuseLength(length, start);
            if (scanner.Current == '.' && scanner.At(1) != '.')
            {
                scanner.Take('.');
                source = new PathSyntax(source, MemberName()) { Span = scanner.From(start) };
            }
            else if (scanner.Current == '[' && Filter(source, start, mayEndRange) is { } filtered)
            {
                source = filtered;
            }
            else if (scanner.Current == '(')
            {
                source = new CallSyntax(source, Arguments()) { Span = scanner.From(start) };
            }
            else
            {
                isHighEnd = mayEndRange;
                return source;
            }
        }
    }

    /// <summary>source[condition]; null where the bracket ends a range, as in ]1..9[.</summary>
    private FilterSyntax? Filter(FeelSyntax source, int start, bool mayEndRange)
    {
        var bracket = scanner.Position;
        scanner.Take('[');
        var mark = Push("item");
        filters++;
        try
        {
            var condition = Expression();
            if (scanner.Take(']'))
                return new FilterSyntax(source, condition) { Span = scanner.From(start) };
            if (!mayEndRange)
                throw Unexpected("]");
        }
        catch (FeelSyntaxException) when (mayEndRange)
        {
            // What follows the range is no filter.
        }
        finally
        {
            filters--;
            Pop(mark);
        }
        scanner.Reset(bracket);
        return null;
    }

    private string MemberName()
    {
        var longest = Math.Max(Math.Max(members.LongestKey, scope.Members.LongestKey), PropertyNames.LongestKey);
        var known = scanner.LongestKnown(longest, key =>
            members.TryGet(key, out var name) || scope.Members.TryGet(key, out name) || PropertyNames.TryGet(key, out name) ? name : null);
        if (known is not { } found)
            return scanner.TakeWords() ?? throw Unexpected("the name of an entry");
        scanner.Reset(found.End);
        return found.Name;
    }

    private SyntaxList<ArgumentSyntax> Arguments()
    {
        scanner.Take('(');
        var arguments = new List<ArgumentSyntax>();
        if (scanner.Take(')'))
            return [];
        do
        {
            var start = scanner.Position;
            var name = scanner.TakeNewName(":");
            if (name is not null)
                scanner.Take(':');
            arguments.Add(new ArgumentSyntax(name, Expression()) { Span = scanner.From(start) });
        }
        while (scanner.Take(','));
        if (!scanner.Take(')'))
            throw Unexpected("a comma or )");
        if (arguments.Exists(argument => argument.Name is null) && arguments.Exists(argument => argument.Name is not null))
            throw new FeelSyntaxException("mixed_arguments", "Either all arguments are named or none is.", arguments[0].Span);
        return new SyntaxList<ArgumentSyntax>([.. arguments]);
    }

    private BinaryOperator? TakeComparison()
    {
        if (scanner.Take("!="))
            return BinaryOperator.NotEqual;
        if (scanner.Take("<="))
            return BinaryOperator.LessOrEqual;
        if (scanner.Take(">="))
            return BinaryOperator.GreaterOrEqual;
        if (scanner.Take('<'))
            return BinaryOperator.Less;
        if (scanner.Take('>'))
            return BinaryOperator.Greater;
        if (scanner.Current == '=' && scanner.At(1) == '=')
            throw new FeelSyntaxException("no_such_operator", "There is no ==; a single = compares.", new TextSpan(scanner.Position, 2));
        return scanner.Take('=') ? BinaryOperator.Equal : null;
    }

    private BinarySyntax Binary(BinaryOperator @operator, FeelSyntax left, FeelSyntax right, int start, int length)
    {
        RefuseLength(length, start);
        return new BinarySyntax(@operator, left, right) { Span = scanner.From(start) };
    }

    private static void RefuseLength(int length, int start)
    {
        if (length > MaxDepth)
            throw new FeelSyntaxException("too_deep", $"More than {MaxDepth} operators stand in a row: split the expression, or use a list.", new TextSpan(start, 1));
    }

    private int Push(string name)
    {
        var key = NamePool.KeyOf(name);
        locals.Add((key, name));
        longestLocal = Math.Max(longestLocal, key.Length);
        return locals.Count - 1;
    }

    private void Pop(int mark) => locals.RemoveRange(mark, locals.Count - mark);

    private FeelSyntaxException Unexpected(string wanted)
    {
        var position = scanner.Position;
        var text = scanner.Text;
        if (scanner.IsAtEnd)
            return new FeelSyntaxException("unexpected_end", $"The text ends where {wanted} is expected.", new TextSpan(text.Length, 0));
        var end = position + 1;
        while (end < text.Length && end - position < 20 && (char.IsLetterOrDigit(text[end]) || char.IsLowSurrogate(text[end])) && char.IsLetterOrDigit(text[position]))
            end++;
        return new FeelSyntaxException("unexpected_token", $"{text[position..end]} stands where {wanted} is expected.", new TextSpan(position, end - position));
    }

    private static NamePool PoolOf(IEnumerable<string> names)
    {
        var pool = new NamePool();
        foreach (var name in names)
            pool.Add(name);
        return pool;
    }
}
