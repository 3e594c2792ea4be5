using Switchboard.Rules.Feel;

namespace Switchboard.Rules.Rete;

/// <summary>Expressions that were parsed before, by their text and what they see: a changed rule parses only itself.</summary>
internal sealed class ExpressionCache
{
    private readonly System.Collections.Concurrent.ConcurrentDictionary<(string Scope, string Text), FeelExpression> parsed = new();
    private readonly System.Collections.Concurrent.ConcurrentDictionary<string, FeelScope> scopes = new();

    public FeelScope Scope(string key, Func<FeelScope> make) => scopes.GetOrAdd(key, _ => make());

    public FeelExpression Parse(string key, FeelScope scope, string text) =>
        parsed.GetOrAdd((key, text), _ => FeelExpression.Parse(text, scope));
}

/// <summary>
/// What the expressions of one condition see: the variables before it, and the fields of the fact that it is about. Slot i of
/// an expression is variable i; then come the fact itself and its fields.
/// </summary>
internal sealed class RuleScope(ExpressionCache cache, IReadOnlyList<Place> places, int depth, RowShape? own, string? ownName)
{
    private readonly string key = string.Join('|', places.Select(place => $"{place.Name}:{place.Type.GetHashCode()}"))
        + (own is null ? "" : $"||{ownName}:{System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(own)}");

    public IReadOnlyList<Place> Places => places;

    public int Depth => depth;

    public RowShape? Own => own;

    public string? OwnName => ownName;

    /// <summary>The names in their order: the same text means the same only where they are the same.</summary>
    public string Key => key;

    /// <summary>The fields of the variables that have been read through this scope, by depth.</summary>
    public Dictionary<int, ulong> Read { get; init; } = [];

    /// <summary>The fields of the fact itself that have been read.</summary>
    public ulong OwnRead { get; set; }

    public FeelScope Feel => cache.Scope(key, () =>
    {
        var scope = FeelScope.Empty.With(places.Select(place => (place.Name, place.Type)));
        if (own is null)
            return scope;
        return scope.With(own.Fields.Select(known => (known.Name, known.Type)).Prepend((ownName ?? " fact", new RowType(own))));
    });

    public FeelExpression Parse(string text) => cache.Parse(key, Feel, text);

    /// <summary>Any expression as an operand: only the variables that its text can name are handed over.</summary>
    public FeelOperand General(string text)
    {
        var used = new List<(int, Place)>();
        for (var i = 0; i < places.Count; i++)
        {
            if (!Names(text, places[i].Name))
                continue;
            used.Add((i, places[i]));
            if (places[i] is { Kind: PlaceKind.Fact, Type: RowType row } place)
                Touch(place.Depth, Fields(text, place.Name, row.Shape));
        }
        var fields = new List<(int, int)>();
        if (own is not null)
        {
            if (ownName is not null && Names(text, ownName))
            {
                fields.Add((places.Count, -1));
                OwnRead |= Fields(text, ownName, own);
            }
            for (var i = 0; i < own.Fields.Count; i++)
            {
                if (!Names(text, own.Fields[i].Name))
                    continue;
                fields.Add((places.Count + 1 + i, i));
                OwnRead |= TypeNode.Bit(i);
            }
        }
        var count = places.Count + (own is null ? 0 : own.Fields.Count + 1);
        return new FeelOperand(Parse(text), [.. used], [.. fields], depth, count);
    }

    public void Touch(int at, ulong fields) => Read[at] = Read.GetValueOrDefault(at) | fields;

    /// <summary>Whether the text may name it; names with spaces can be written with more of them.</summary>
    public static bool Names(string text, string name) => name.Contains(' ') || text.Contains(name, StringComparison.Ordinal);

    /// <summary>The fields of a variable that the text may read: all, where it stands without a path.</summary>
    public static ulong Fields(string text, string variable, RowShape shape)
    {
        ulong fields = 0;
        for (var i = 0; i < shape.Fields.Count; i++)
        {
            if (Names(text, shape.Fields[i].Name))
                fields |= TypeNode.Bit(i);
        }
        for (var at = text.IndexOf(variable, StringComparison.Ordinal); at >= 0; at = text.IndexOf(variable, at + 1, StringComparison.Ordinal))
        {
            var after = text.AsSpan(at + variable.Length).TrimStart();
            var isWord = (at == 0 || !char.IsLetterOrDigit(text[at - 1])) && (after.Length == 0 || !char.IsLetterOrDigit(text[Math.Min(at + variable.Length, text.Length - 1)]));
            if (isWord && (after.Length == 0 || after[0] != '.'))
                return ulong.MaxValue;
        }
        return fields;
    }
}
