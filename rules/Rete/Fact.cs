using Switchboard.Rules.Feel;

namespace Switchboard.Rules.Rete;

/// <summary>Something that a session knows. Its row never changes; an update gives the fact another row.</summary>
public sealed class Fact
{
    internal Fact(FeelRow row, long id, int generation)
    {
        Row = row;
        Id = id;
        Generation = generation;
    }

    /// <summary>In the order of insertion, from 1; never used twice within a session.</summary>
    public long Id { get; }

    /// <summary>The values of now.</summary>
    public FeelRow Row { get; internal set; }

    /// <summary>The fact type's name.</summary>
    public string Type => Row.Shape.Name;

    /// <summary>Whether the session still knows it.</summary>
    public bool IsKnown { get; internal set; } = true;

    /// <summary>Where it stands in the session's list of its type.</summary>
    internal int Position { get; set; }

    /// <summary>How many firings in a row led to it.</summary>
    internal int Generation { get; set; }

    /// <summary>The first of its places in alpha memories and their indexes.</summary>
    internal Entry? Entries;

    /// <summary>The first of its places in groups of aggregates.</summary>
    internal GroupEntry? Groups;

    /// <summary>The first of the tokens that end in it.</summary>
    internal PartialMatch? Tokens;

    /// <summary>Who holds it in place; null for a fact that was inserted for good.</summary>
    internal LogicalSupport? Support;

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Type}({string.Join(", ", Row.Entries.Where(entry => !entry.Value.IsNull).Select(entry => $"{entry.Key}: {entry.Value}"))})";
}

/// <summary>What stands in one chain at a time.</summary>
internal abstract class Link<T>
    where T : Link<T>
{
    public T? Next, Previous;
}

/// <summary>Links in the order in which they came; each can be taken out from the middle at once.</summary>
internal abstract class Chain<T>
    where T : Link<T>
{
    public T? First, Last;

    protected void Append(T link)
    {
        link.Next = null;
        link.Previous = Last;
        if (Last is null)
            First = link;
        else
            Last.Next = link;
        Last = link;
    }

    protected void TakeOut(T link)
    {
        if (link.Previous is null)
            First = link.Next;
        else
            link.Previous.Next = link.Next;
        if (link.Next is null)
            Last = link.Previous;
        else
            link.Next.Previous = link.Previous;
    }
}

/// <summary>A fact's place in a list: an alpha memory, or a bucket of its index.</summary>
internal sealed class Entry : Link<Entry>
{
    public Fact Fact = null!;
    public AlphaNode Alpha = null!;
    public EntryList? List;

    /// <summary>The one entry a memory that says that the fact is in it.</summary>
    public bool IsMembership;
    public Entry? NextOfFact;
}

/// <summary>Facts with the same key, in the order in which they came.</summary>
internal sealed class EntryList : Chain<Entry>
{
    public void Add(Entry entry)
    {
        entry.List = this;
        Append(entry);
    }

    public void Remove(Entry entry) => TakeOut(entry);
}

/// <summary>A partial match: the facts of its parents and one more. Small, since there are as many as there are combinations.</summary>
internal abstract class PartialMatch
{
    public Token? Parent;
    public Fact? Fact;
    public Computed? Computed;
    public BetaNode Owner = null!;
    public PartialMatch? NextSibling, PreviousSibling;
    public PartialMatch? NextOfFact, PreviousOfFact;
    public bool IsGone;

    public PartialMatch Up(int steps)
    {
        var token = this;
        for (; steps > 0; steps--)
            token = token.Parent!;
        return token;
    }
}

/// <summary>A partial match that waits at a node to be joined further.</summary>
internal sealed class Token : PartialMatch
{
    public PartialMatch? FirstChild;
    public Token? NextInBucket, PreviousInBucket;
    public TokenBucket? Bucket;

    /// <summary>For not and exists: how many facts of the right side match.</summary>
    public int Count;
}

/// <summary>What a token carries instead of a fact: the value of a let, or of an aggregate with its group.</summary>
internal sealed class Computed(FeelValue value, FeelValue key)
{
    public readonly FeelValue Value = value, Key = key;
}

/// <summary>Tokens with the same key.</summary>
internal sealed class TokenBucket
{
    public Token? First, Last;
    public int Count;

    public void Add(Token token)
    {
        token.Bucket = this;
        token.NextInBucket = null;
        token.PreviousInBucket = Last;
        if (Last is null)
            First = token;
        else
            Last.NextInBucket = token;
        Last = token;
        Count++;
    }

    public void Remove(Token token)
    {
        if (token.PreviousInBucket is null)
            First = token.NextInBucket;
        else
            token.PreviousInBucket.NextInBucket = token.NextInBucket;
        if (token.NextInBucket is null)
            Last = token.PreviousInBucket;
        else
            token.NextInBucket.PreviousInBucket = token.PreviousInBucket;
        token.Bucket = null;
        Count--;
    }
}
