namespace Switchboard.Rules.Feel.Syntax;

/// <summary>The names that an expression may use, and where their values stand when it runs. Immutable.</summary>
public sealed class FeelScope
{
    /// <summary>Only the built-in functions.</summary>
    public static readonly FeelScope Empty = new([]);

    private readonly Dictionary<string, FeelVariable> byKey = new(StringComparer.Ordinal);
    private NamePool? members;

    private readonly IReadOnlyDictionary<string, FeelType>? types;

    private FeelScope(IReadOnlyList<FeelVariable> variables, IReadOnlyDictionary<string, FeelType>? types = null)
    {
        Variables = variables;
        this.types = types;
        foreach (var variable in variables)
        {
            var key = NamePool.KeyOf(variable.Name);
            byKey[key] = variable;
            LongestKey = Math.Max(LongestKey, key.Length);
        }
    }

    /// <summary>The variables; each stands in the slot of its position. Of two with one name the later counts.</summary>
    public IReadOnlyList<FeelVariable> Variables { get; }

    /// <summary>The names of all entries that the variables' types know of, at any depth.</summary>
    internal NamePool Members => members ??= NamePool.OfMembers(Variables.Select(variable => variable.Type));

    /// <summary>This scope and one more variable, in the next slot.</summary>
    /// <param name="name">As expressions write it; it may contain spaces.</param>
    /// <param name="type">What it holds; <see cref="FeelType.Any"/> when that is not known.</param>
    public FeelScope With(string name, FeelType type) => new([.. Variables, new FeelVariable(name, type, Variables.Count)], types);

    /// <summary>This scope and more variables, in the next slots.</summary>
    public FeelScope With(IEnumerable<(string Name, FeelType Type)> variables) =>
        new([.. Variables, .. variables.Select((added, i) => new FeelVariable(added.Name, added.Type, Variables.Count + i))], types);

    /// <summary>This scope with named types, for instance of and for parameters.</summary>
    public FeelScope WithTypes(IReadOnlyDictionary<string, FeelType> named) => new(Variables, named);

    /// <summary>The type that is written; null if a name in it is not known.</summary>
    public FeelType? TypeOf(TypeSyntax syntax)
    {
        var arguments = syntax.Arguments.Select(TypeOf).ToList();
        if (arguments.Contains(null))
            return null;
        return syntax.Name switch
        {
            "list" => new ListType(arguments.Count == 1 ? arguments[0]! : FeelType.Any),
            "range" => new RangeType(arguments.Count == 1 ? arguments[0]! : FeelType.Any),
            "context" => syntax.Fields.Distinct(StringComparer.Ordinal).Count() < syntax.Fields.Count ? null
                : new RowType(new RowShape("context", [.. syntax.Fields.Select((part, i) => new RowField(part, arguments[i]!))])),
            "function" => arguments.Count > 0 ? new FunctionType([.. arguments.SkipLast(1).Select(argument => argument!)], arguments[^1]!) : new FunctionType([], FeelType.Any),
            "number" => FeelType.Number,
            "string" => FeelType.String,
            "boolean" => FeelType.Boolean,
            "date" => FeelType.Date,
            "time" => FeelType.Time,
            "date and time" or "dateTime" => FeelType.DateTime,
            "days and time duration" or "dayTimeDuration" => FeelType.DaysDuration,
            "years and months duration" or "yearMonthDuration" => FeelType.MonthsDuration,
            "Any" => FeelType.Any,
            "Null" => FeelType.Null,
            _ => types?.GetValueOrDefault(syntax.Name),
        };
    }

    /// <summary>The variable of this name, however its spaces are written; null if there is none.</summary>
    public FeelVariable? Find(string name) => byKey.GetValueOrDefault(NamePool.KeyOf(name));

    internal FeelVariable? FindKey(string key) => byKey.GetValueOrDefault(key);

    /// <summary>The length of the longest key: the parser, of which there is one a cell, looks no further.</summary>
    internal int LongestKey { get; }
}

/// <summary>A variable of a scope.</summary>
/// <param name="Name">As it was declared.</param>
/// <param name="Type">What it holds.</param>
/// <param name="Slot">Where its value stands.</param>
public sealed record FeelVariable(string Name, FeelType Type, int Slot);

/// <summary>Something wrong with a text.</summary>
/// <param name="Code">Stable, snake_case.</param>
/// <param name="Message">What is wrong, and how to mend it.</param>
/// <param name="Span">Where.</param>
/// <param name="Line">Of the first character, from 1.</param>
/// <param name="Column">Of the first character, from 1.</param>
public sealed record FeelProblem(string Code, string Message, TextSpan Span, int Line, int Column)
{
    /// <summary>Whether nothing can be evaluated; otherwise it is a warning: the part it is about gives null.</summary>
    public bool IsError { get; init; } = true;
}
