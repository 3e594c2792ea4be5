using System.Text;

namespace Switchboard.Rules.Feel.Syntax;

/// <summary>
/// A set of names to be recognised in a text. Names may contain spaces and . / - ' + *, so only who knows them can read them
/// (DMN 1.5 §10.3.1.3); they are compared without the spaces around such characters.
/// </summary>
internal sealed class NamePool
{
    /// <summary>What may stand inside a name though it is an operator elsewhere.</summary>
    public const string AdditionalCharacters = "./-'+*";

    private readonly Dictionary<string, string> names = new(StringComparer.Ordinal);

    /// <summary>The length of the longest key.</summary>
    public int LongestKey { get; private set; }

    public IEnumerable<string> Names => names.Values;

    /// <summary>The names of all entries of these types, at any depth.</summary>
    public static NamePool OfMembers(IEnumerable<FeelType> types)
    {
        var pool = new NamePool();
        var seen = new HashSet<RowShape>();
        var open = new Stack<FeelType>(types);
        while (open.TryPop(out var type))
        {
            switch (type)
            {
                case ListType list:
                    open.Push(list.Element);
                    break;
                case FunctionType function:
                    open.Push(function.Result);
                    break;
                case RowType row when seen.Add(row.Shape):
                    foreach (var part in row.Shape.Fields)
                    {
                        pool.Add(part.Name);
                        open.Push(part.Type);
                    }
                    break;
            }
        }
        return pool;
    }

    public void Add(string name)
    {
        var key = KeyOf(name);
        names[key] = name;
        LongestKey = Math.Max(LongestKey, key.Length);
    }

    public bool TryGet(string key, out string name) => names.TryGetValue(key, out name!);

    /// <summary>One space between words, none around the additional characters.</summary>
    public static string KeyOf(string name)
    {
        var isPlain = true;
        foreach (var c in name)
            isPlain &= !char.IsWhiteSpace(c);
        if (isPlain)
            return name;
        var key = new StringBuilder(name.Length);
        var wantsSpace = false;
        foreach (var c in name)
        {
            if (char.IsWhiteSpace(c))
            {
                wantsSpace = key.Length > 0 && !AdditionalCharacters.Contains(key[^1]);
                continue;
            }
            if (wantsSpace && !AdditionalCharacters.Contains(c))
                key.Append(' ');
            key.Append(c);
            wantsSpace = false;
        }
        return key.ToString();
    }
}
