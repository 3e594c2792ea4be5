namespace Switchboard.Rules.Feel;

/// <summary>
/// Parses expressions and unary tests (the grammar of DMN 1.5 §10.3.1.2) by recursive descent. Names are read by the longest
/// match against what is known: the scope, local names, and the built-in functions. Where a construct can only be told from
/// another by its end (a range from parentheses), it is tried and the scanner set back.
/// </summary>
internal sealed class FeelParser
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
    private readonly List<string> locals = [];
    private readonly NamePool members = new();
    private int nesting;
    private int filters;
    private bool isHighEnd;
    private int longestLocal;

    public FeelParser(string text, FeelScope scope)
    {
        if (text.Length > MaxLength)
            throw new FeelSyntaxException("too_long", $"The expression has {text.Length} characters; {MaxLength} are the most.", default);
        this.scope = scope;
        scanner = new FeelScanner(text);
        scanner.Reset(0);
        longestLocal = scope.Keys.Select(key => key.Length).DefaultIfEmpty(0).Max();
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
                if (scanner.Take(')') && (tests.Count > 1 || tests[0] is UnaryComparisonSyntax))
                    return tests;
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
        // A known name that only begins the word that stands here is another name.
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

    private FeelSyntax Primary()
    {
        var start = scanner.Position;
        if (scanner.IsAtEnd)
            throw Unexpected("an expression");
        switch (scanner.Current)
        {
            case '(':
                return Range(start, false) ?? Grouped(start);
            case '[':
                return Bracket(start);
            case ']':
                return Range(start, false) ?? throw Unexpected("an expression");
            case '{':
                return Context(start);
            case '"':
                return new LiteralSyntax(FeelValue.Of(scanner.TakeString())) { Span = scanner.From(start) };
            case '@':
                scanner.Take('@');
                return scanner.TakeString() is { } at
                    ? new LiteralSyntax(BuiltIns.AtLiteral(at)) { At = at, Span = scanner.From(start) }
                    : throw Unexpected("a text in quotes after @");
            case '?' when !char.IsLetterOrDigit(scanner.At(1)) && scanner.At(1) != '_':
                scanner.Take('?');
                return new TestedSyntax { Span = scanner.From(start) };
        }
        if (scanner.TakeNumber() is { } digits)
            return new LiteralSyntax(FeelLiteral.Number(digits)) { Span = scanner.From(start) };
        return NameOrKeyword(start) ?? throw Unexpected("an expression");
    }

    private FeelSyntax? NameOrKeyword(int start)
    {
        var longest = Math.Max(Math.Max(longestLocal, BuiltInNames.LongestKey), filters > 0 ? Math.Max(members.LongestKey, scope.Members.LongestKey) : 0);
        var known = scanner.LongestKnown(longest, Known);
        if (Keyword(start, known?.End - start ?? 0) is { } keyword)
            return keyword;
        if (known is { } found)
        {
            scanner.Reset(found.End);
            return new NameSyntax(found.Name) { Span = scanner.From(start) };
        }
        return scanner.TakeWords() is { } unknown ? new NameSyntax(unknown) { Span = scanner.From(start) } : null;
    }

    /// <summary>What begins with a word of the language, unless a longer name is known.</summary>
    private FeelSyntax? Keyword(int start, int nameLength)
    {
        if (nameLength <= 5)
        {
            if (scanner.TakeWord("true"))
                return new LiteralSyntax(FeelValue.Of(true)) { Span = scanner.From(start) };
            if (scanner.TakeWord("false"))
                return new LiteralSyntax(FeelValue.Of(false)) { Span = scanner.From(start) };
            if (scanner.TakeWord("null"))
                return new LiteralSyntax(FeelValue.Null) { Span = scanner.From(start) };
            if (scanner.TakeWord("if"))
                return If(start);
            if (scanner.TakeWord("for"))
                return For(start);
            if (scanner.TakeWord("some"))
                return Quantified(start, isEvery: false);
            if (scanner.TakeWord("every"))
                return Quantified(start, isEvery: true);
        }
        if (nameLength <= 8 && scanner.IsWord("function"))
        {
            scanner.TakeWord("function");
            if (scanner.Current == '(')
                return Function(start);
            scanner.Reset(start);
        }
        return null;
    }

    private string? Known(string key)
    {
        for (var i = locals.Count - 1; i >= 0; i--)
        {
            if (NamePool.KeyOf(locals[i]) == key)
                return locals[i];
        }
        if (scope.FindKey(key) is { } variable)
            return variable.Name;
        if (filters > 0 && (members.TryGet(key, out var name) || scope.Members.TryGet(key, out name)))
            return name;
        return BuiltInNames.TryGet(key, out name) ? name : null;
    }

    private FeelSyntax Grouped(int start)
    {
        scanner.Take('(');
        var inner = Test(Expression);
        return scanner.Take(')') ? inner with { Span = scanner.From(start) } : throw Unexpected(")");
    }

    private FeelSyntax Bracket(int start)
    {
        if (Range(start, true) is { } range)
            return range;
        scanner.Take('[');
        var elements = new List<FeelSyntax>();
        if (!scanner.Take(']'))
        {
            do
                elements.Add(Test(Expression));
            while (scanner.Take(','));
            if (!scanner.Take(']'))
                throw Unexpected("a comma or ]");
        }
        return new ListSyntax(new SyntaxList<FeelSyntax>([.. elements])) { Span = scanner.From(start) };
    }

    /// <summary>A range that begins here; null, and nothing taken, if it is something else.</summary>
    private RangeSyntax? Range(int start, bool lowIncluded)
    {
        if (!HasRangeDots())
            return null;
        var wasHighEnd = isHighEnd;
        try
        {
            scanner.Reset(start + 1);
            isHighEnd = false;
            var low = Additive();
            if (scanner.Take(".."))
            {
                isHighEnd = true;
                var high = Additive();
                isHighEnd = false;
                if (scanner.Current is ']' or ')' or '[')
                {
                    var highIncluded = scanner.Current == ']';
                    scanner.Take(scanner.Current);
                    return new RangeSyntax(lowIncluded, low, high, highIncluded) { Span = scanner.From(start) };
                }
            }
        }
        catch (FeelSyntaxException)
        {
            // No range: a list or parentheses, whose own error counts.
        }
        finally
        {
            isHighEnd = wasHighEnd;
        }
        scanner.Reset(start);
        return null;
    }

    /// <summary>Whether two dots follow at the level of this bracket: what has none is not tried as a range, so that nesting costs no double work.</summary>
    private bool HasRangeDots()
    {
        var depth = 0;
        var text = scanner.Text;
        for (var at = scanner.Position + 1; at < text.Length; at++)
        {
            switch (text[at])
            {
                case '"':
                    for (at++; at < text.Length && text[at] != '"'; at++)
                    {
                        if (text[at] == '\\')
                            at++;
                    }
                    break;
                case '(' or '[' or '{':
                    depth++;
                    break;
                case ')' or ']' or '}' when depth-- == 0:
                    return false;
                case ',' when depth == 0:
                    return false;
                case '.' when depth == 0 && at + 1 < text.Length && text[at + 1] == '.':
                    return true;
            }
        }
        return false;
    }

    private ContextSyntax Context(int start)
    {
        scanner.Take('{');
        var entries = new List<EntrySyntax>();
        var mark = locals.Count;
        if (!scanner.Take('}'))
        {
            do
            {
                var at = scanner.Position;
                var key = scanner.TakeString() ?? scanner.TakeNewName(":") ?? throw Unexpected("the name of an entry and a colon");
                if (!scanner.Take(':'))
                    throw Unexpected("a colon");
                // The entry's own name is known to its value only as a member, but a path that ends there needs it.
                var value = Expression();
                entries.Add(new EntrySyntax(key, value) { Span = scanner.From(at) });
                Push(key);
                members.Add(key);
            }
            while (scanner.Take(','));
            if (!scanner.Take('}'))
                throw Unexpected("a comma or }");
        }
        Pop(mark);
        return new ContextSyntax(new SyntaxList<EntrySyntax>([.. entries])) { Span = scanner.From(start) };
    }

    private IfSyntax If(int start)
    {
        var condition = Expression();
        if (!scanner.TakeWord("then"))
            throw Unexpected("then");
        var then = Expression();
        if (!scanner.TakeWord("else"))
            throw Unexpected("else: an if always has one");
        return new IfSyntax(condition, then, Expression()) { Span = scanner.From(start) };
    }

    private ForSyntax For(int start)
    {
        var mark = locals.Count;
        var iterators = Iterators();
        if (!scanner.TakeWord("return"))
            throw Unexpected("return");
        Push("partial");
        var body = Expression();
        Pop(mark);
        return new ForSyntax(iterators, body) { Span = scanner.From(start) };
    }

    private QuantifiedSyntax Quantified(int start, bool isEvery)
    {
        var mark = locals.Count;
        var iterators = Iterators();
        if (!scanner.TakeWord("satisfies"))
            throw Unexpected("satisfies");
        var condition = Expression();
        Pop(mark);
        return new QuantifiedSyntax(isEvery, iterators, condition) { Span = scanner.From(start) };
    }

    private SyntaxList<IteratorSyntax> Iterators()
    {
        var iterators = new List<IteratorSyntax>();
        do
        {
            var start = scanner.Position;
            var name = scanner.TakeNewName("", "in") ?? throw Unexpected("a name and in");
            if (!scanner.TakeWord("in"))
                throw Unexpected("in");
            var source = Expression();
            var to = scanner.Take("..") ? Expression() : null;
            iterators.Add(new IteratorSyntax(name, source, to) { Span = scanner.From(start) });
            Push(name);
        }
        while (scanner.Take(','));
        return new SyntaxList<IteratorSyntax>([.. iterators]);
    }

    private FunctionSyntax Function(int start)
    {
        scanner.Take('(');
        var mark = locals.Count;
        var parameters = new List<ParameterSyntax>();
        if (!scanner.Take(')'))
        {
            do
            {
                var at = scanner.Position;
                var name = scanner.TakeNewName(":,)") ?? throw Unexpected("the name of a parameter");
                var type = scanner.Take(':') ? Type() : null;
                parameters.Add(new ParameterSyntax(name, type) { Span = scanner.From(at) });
                Push(name);
            }
            while (scanner.Take(','));
            if (!scanner.Take(')'))
                throw Unexpected("a comma or )");
        }
        FeelSyntax? body;
        if (scanner.TakeWord("external"))
        {
            Expression();
            body = null;
        }
        else
        {
            body = Expression();
        }
        Pop(mark);
        return new FunctionSyntax(new SyntaxList<ParameterSyntax>([.. parameters]), body) { Span = scanner.From(start) };
    }

    private TypeSyntax Type()
    {
        if (++nesting > MaxDepth / 4)
            throw new FeelSyntaxException("too_deep", "The type is nested too deep.", new TextSpan(scanner.Position, 1));
        var start = scanner.Position;
        var arguments = new List<TypeSyntax>();
        var fields = new List<string>();
        var name = TypeName();
        if (name is "list" or "range" or "context" or "function" && scanner.Take('<'))
        {
            if (!scanner.Take('>'))
            {
                do
                {
                    if (name == "context")
                    {
                        fields.Add(scanner.TakeNewName(":") ?? throw Unexpected("the name of an entry and a colon"));
                        scanner.Take(':');
                    }
                    arguments.Add(Type());
                }
                while (scanner.Take(','));
                if (!scanner.Take('>'))
                    throw Unexpected("a comma or >");
            }
        }
        if (name == "function" && scanner.Take("->"))
            arguments.Add(Type());
        nesting--;
        return new TypeSyntax(name, new SyntaxList<TypeSyntax>([.. arguments]), new SyntaxList<string>([.. fields])) { Span = scanner.From(start) };
    }

    private string TypeName()
    {
        // The names with "and" in them would end at that keyword.
        foreach (var name in (string[])["date and time", "days and time duration", "years and months duration"])
        {
            if (scanner.LongestKnown(name.Length, key => key == name ? name : null) is { } found)
            {
                scanner.Reset(found.End);
                return name;
            }
        }
        return scanner.TakeWords() is { } words
            ? scanner.Current == '.' && scanner.At(1) != '.' && scanner.Take('.') ? $"{words}.{scanner.TakeWords()}" : words
            : throw Unexpected("the name of a type");
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
        locals.Add(name);
        longestLocal = Math.Max(longestLocal, name.Length);
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
