namespace Switchboard.Rules.Feel.Syntax;

// What operators stand between: literals, names, lists, ranges, contexts, functions, and what begins with a word.
internal sealed partial class FeelParser
{
    private FeelSyntax Primary()
    {
        var start = scanner.Position;
        // What is tried and set back is read again: texts that make this double from level to level are refused, not waited for.
        if (++work > mostWork)
            throw new FeelSyntaxException("too_complex", "The expression takes too long to read: nest ranges, lists and loops less deep.", new TextSpan(start, 1));
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
            if (locals[i].Key == key)
                return locals[i].Name;
        }
        if (scope.FindKey(key) is { } variable)
            return variable.Name;
        if (filters > 0 && (members.TryGet(key, out var name) || scope.Members.TryGet(key, out name)))
            return name;
        return BuiltInNames.TryGet(key, out name) ? name : null;
    }

    private FeelSyntax Grouped(int start)
    {
        if (grouped.TryGetValue(start, out var known))
        {
            scanner.Reset(known.End);
            return known.Inner with { Span = scanner.From(start) };
        }
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
}
