using Switchboard.Rules.Feel;

namespace Switchboard.Rules.Rete;

/// <summary>The facts of one type that satisfy the same conditions over their own fields; shared by all patterns that ask for them.</summary>
internal sealed class AlphaNode(int id, TypeNode type, string text, Predicate[] tests, ulong testMask)
{
    public int Id => id;

    public TypeNode Type => type;

    /// <summary>The canonical text of its conditions.</summary>
    public string Text => text;

    /// <summary>Every condition; the first one may be answered by the index of the type.</summary>
    public Predicate[] Tests => tests;

    /// <summary>The fields that the conditions read.</summary>
    public ulong TestMask => testMask;

    /// <summary>The fields that any node behind it reads of a fact: when none of them changes, the nodes are left alone.</summary>
    public ulong DownstreamMask { get; set; }

    /// <summary>Whether a node goes through all facts.</summary>
    public bool NeedsList { get; set; }

    public List<AlphaIndex> Indexes { get; } = [];

    /// <summary>The deepest first, so that a fact that joins with itself is not found twice.</summary>
    public List<SidedNode> Successors { get; } = [];

    /// <summary>How many of the tests the type's index has answered before <see cref="Passes"/> is asked: those at the front.</summary>
    public int Indexed { get; set; }

    public bool Passes(FeelRow row, RuleSession session)
    {
        for (var i = Indexed; i < tests.Length; i++)
        {
            if (!tests[i].Holds(null, row, session))
                return false;
        }
        return true;
    }

    public void Add(RuleSession session, Fact fact)
    {
        var memory = session.Memory(this);
        var membership = session.NewEntry(fact, this, isMembership: true);
        if (NeedsList)
            memory.All.Add(membership);
        for (var i = 0; i < Indexes.Count; i++)
        {
            var index = Indexes[i];
            var buckets = memory.Buckets[i];
            var key = index.Key.Read(null, fact.Row, session);
            if (!index.IsMany || (key.IsNull && index.NullIsList))
                Bucket(buckets, key).Add(session.NewEntry(fact, this));
            else if (key.Kind == FeelKind.List)
            {
                var elements = key.AsList();
                for (var e = 0; e < elements.Count; e++)
                {
                    if (AlphaIndex.IsFirst(elements, e))
                        Bucket(buckets, elements[e]).Add(session.NewEntry(fact, this));
                }
            }
        }
    }

    private static EntryList Bucket(Dictionary<FeelValue, EntryList> buckets, FeelValue key)
    {
        ref var bucket = ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(buckets, key, out _);
        return bucket ??= new EntryList();
    }
}

/// <summary>By what the facts of an alpha memory can be looked up.</summary>
/// <param name="Text">The canonical text of the key.</param>
/// <param name="Key">The key, or the list of keys.</param>
/// <param name="IsMany">Whether a fact stands under every element of a list.</param>
/// <param name="NullIsList">Whether it then stands under null where there is no list.</param>
internal sealed record AlphaIndex(string Text, Operand Key, bool IsMany, bool NullIsList)
{
    /// <summary>Whether no earlier element equals this one.</summary>
    public static bool IsFirst(IReadOnlyList<FeelValue> elements, int position)
    {
        for (var i = 0; i < position; i++)
        {
            if (FeelEqualityComparer.Instance.Equals(elements[i], elements[position]))
                return false;
        }
        return true;
    }
}

/// <summary>What a session holds for an <see cref="AlphaNode"/>.</summary>
internal sealed class AlphaMemory
{
    public readonly EntryList All = new();
    public readonly Dictionary<FeelValue, EntryList>[] Buckets;

    /// <summary>When the memory was last found to match, in the session's count of matches.</summary>
    public long Stamp;

    public AlphaMemory(AlphaNode node)
    {
        Buckets = new Dictionary<FeelValue, EntryList>[node.Indexes.Count];
        for (var i = 0; i < Buckets.Length; i++)
            Buckets[i] = new Dictionary<FeelValue, EntryList>(FeelEqualityComparer.Instance);
    }

    public void Clear()
    {
        All.First = All.Last = null;
        foreach (var buckets in Buckets)
            buckets.Clear();
    }
}
