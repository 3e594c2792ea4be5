using Switchboard.Rules.Feel;

namespace Switchboard.Rules.Rete;

/// <summary>A node that partial matches come to. Those with the same source and the same text are one node.</summary>
internal abstract class BetaNode(int id, BetaNode? source, string text)
{
    public int Id => id;

    /// <summary>Where its tokens come from; null for the first node of a rule.</summary>
    public BetaNode? Source => source;

    /// <summary>The canonical text, with those of all sources.</summary>
    public string Text => text;

    /// <summary>How many nodes stand before it; its tokens have as many parents.</summary>
    public int Depth { get; } = source is null ? 0 : source.Depth + 1;

    public List<BetaNode> Children { get; } = [];

    /// <summary>Takes a match of the source.</summary>
    /// <returns>The token that stands for it here.</returns>
    public abstract PartialMatch Accept(RuleSession session, Token? parent, Fact? fact, Computed? computed);

    /// <summary>One of its tokens goes.</summary>
    public virtual void Leave(RuleSession session, PartialMatch match)
    {
        if (match is Token { Bucket: { } bucket } token)
            bucket.Remove(token);
    }

    protected void Emit(RuleSession session, Token? parent, Fact? fact, Computed? computed = null)
    {
        foreach (var child in Children)
            child.Accept(session, parent, fact, computed);
    }
}

/// <summary>A condition over the variables so far.</summary>
internal sealed class TestNode(int id, BetaNode? source, string text, Predicate test) : BetaNode(id, source, text)
{
    public override PartialMatch Accept(RuleSession session, Token? parent, Fact? fact, Computed? computed)
    {
        var token = session.Attach(this, parent, fact, computed);
        if (test.Holds(token, null, session))
            Emit(session, token, null);
        return token;
    }
}

/// <summary>A name for a value of the variables so far.</summary>
internal sealed class LetNode(int id, BetaNode? source, string text, Operand value) : BetaNode(id, source, text)
{
    public override PartialMatch Accept(RuleSession session, Token? parent, Fact? fact, Computed? computed)
    {
        var token = session.Attach(this, parent, fact, computed);
        Emit(session, token, null, Compute(session, token));
        return token;
    }

    public Computed Compute(RuleSession session, PartialMatch? token) => new(value.Read(token, null, session), default);
}

/// <summary>How the two sides of a node find each other.</summary>
/// <param name="LeftKey">Of the token; null where every token meets every fact.</param>
/// <param name="IsLeftMany">Whether the key is a list, each element of which is looked up.</param>
/// <param name="Index">Of the alpha memory.</param>
/// <param name="NullIsList">Whether a list that is null stands for a list with null in it.</param>
/// <param name="Residual">What the look-up does not answer.</param>
/// <param name="Whole">All conditions together.</param>
internal sealed record JoinTest(Operand? LeftKey, bool IsLeftMany, int Index, bool NullIsList, Predicate? Residual, Predicate? Whole);

/// <summary>A node with tokens on the left and the facts of an alpha memory on the right, joined by a hash where a condition allows it.</summary>
internal abstract class SidedNode(int id, BetaNode? source, string text, AlphaNode alpha, JoinTest test) : BetaNode(id, source, text)
{
    public AlphaNode Alpha => alpha;

    public JoinTest Test => test;

    public abstract void RightInsert(RuleSession session, Fact fact);

    /// <summary>Called after the fact has left the memory and its own tokens are gone.</summary>
    public virtual void RightRemove(RuleSession session, Fact fact)
    {
    }

    /// <summary>Files the token where facts of the right side look for it.</summary>
    protected void File(RuleSession session, Token token)
    {
        var memory = session.Memory(this);
        if (test.LeftKey is null || test.IsLeftMany)
            memory.All.Add(token);
        else
            memory.Bucket(test.LeftKey.Read(token, null, session)).Add(token);
    }

    /// <summary>Calls <see cref="Meet"/> for each fact that matches the token.</summary>
    protected void MeetRights(RuleSession session, Token token)
    {
        var memory = session.Memory(alpha);
        if (test.LeftKey is null)
            MeetAll(session, token, memory.All);
        else if (test.IsLeftMany)
        {
            var keys = test.LeftKey.Read(token, null, session);
            if (keys.IsNull && test.NullIsList && memory.Buckets[test.Index].TryGetValue(keys, out var nulls))
                MeetAll(session, token, nulls);
            if (keys.Kind != FeelKind.List)
                return;
            var elements = keys.AsList();
            for (var i = 0; i < elements.Count; i++)
            {
                if (AlphaIndex.IsFirst(elements, i)
                    && memory.Buckets[test.Index].TryGetValue(elements[i], out var found))
                    MeetAll(session, token, found);
            }
        }
        else
        {
            var key = test.LeftKey.Read(token, null, session);
            if (memory.Buckets[test.Index].TryGetValue(key, out var found))
                MeetAll(session, token, found);
        }
    }

    private void MeetAll(RuleSession session, Token token, EntryList facts)
    {
        for (var entry = facts.First; entry is not null; entry = entry.Next)
        {
            if (test.Residual is null || test.Residual.Holds(token, entry.Fact.Row, session))
                Meet(session, token, entry.Fact);
        }
    }

    /// <summary>Calls <see cref="Meet"/>, or <see cref="Part"/>, for each token that the fact matches.</summary>
    protected void MeetLefts(RuleSession session, Fact fact, bool parting)
    {
        var memory = session.Memory(this);
        if (test.LeftKey is null || test.IsLeftMany)
        {
            MeetAll(session, memory.All, fact, test.Whole, parting);
            return;
        }
        var index = alpha.Indexes[test.Index];
        var key = index.Key.Read(null, fact.Row, session);
        if (!index.IsMany || (key.IsNull && index.NullIsList))
            MeetBucket(session, memory, key, fact, parting);
        else if (key.Kind == FeelKind.List)
        {
            var elements = key.AsList();
            for (var i = 0; i < elements.Count; i++)
            {
                if (AlphaIndex.IsFirst(elements, i))
                    MeetBucket(session, memory, elements[i], fact, parting);
            }
        }
    }

    private void MeetBucket(RuleSession session, LeftMemory memory, FeelValue key, Fact fact, bool parting)
    {
        if (memory.Buckets is { } buckets && buckets.TryGetValue(key, out var found))
            MeetAll(session, found, fact, test.Residual, parting);
    }

    private void MeetAll(RuleSession session, TokenBucket tokens, Fact fact, Predicate? predicate, bool parting)
    {
        for (var token = tokens.First; token is not null; token = token.NextInBucket)
        {
            if (predicate is not null && !predicate.Holds(token, fact.Row, session))
                continue;
            if (parting)
                Part(session, token, fact);
            else
                Meet(session, token, fact);
        }
    }

    protected abstract void Meet(RuleSession session, Token token, Fact fact);

    protected virtual void Part(RuleSession session, Token token, Fact fact)
    {
    }
}

/// <summary>What a session holds for a node: its tokens.</summary>
internal sealed class LeftMemory
{
    public readonly TokenBucket All = new();
    public Dictionary<FeelValue, TokenBucket>? Buckets;

    /// <summary>Of aggregate nodes: the groups of each token.</summary>
    public Dictionary<Token, Dictionary<FeelValue, Group>>? Groups;

    public TokenBucket Bucket(FeelValue key)
    {
        Buckets ??= new Dictionary<FeelValue, TokenBucket>(FeelEqualityComparer.Instance);
        ref var bucket = ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(Buckets, key, out _);
        return bucket ??= new TokenBucket();
    }

    public void Clear()
    {
        All.First = All.Last = null;
        All.Count = 0;
        Buckets?.Clear();
        Groups?.Clear();
    }
}

/// <summary>One match more for each fact.</summary>
internal sealed class JoinNode(int id, BetaNode? source, string text, AlphaNode alpha, JoinTest test)
    : SidedNode(id, source, text, alpha, test)
{
    public override PartialMatch Accept(RuleSession session, Token? parent, Fact? fact, Computed? computed)
    {
        var token = session.Attach(this, parent, fact, computed);
        File(session, token);
        MeetRights(session, token);
        return token;
    }

    public override void RightInsert(RuleSession session, Fact fact)
    {
        if (Source is null)
            Emit(session, null, fact);
        else
            MeetLefts(session, fact, parting: false);
    }

    protected override void Meet(RuleSession session, Token token, Fact fact) => Emit(session, token, fact);
}

/// <summary>Lets a token through while no fact matches it, or, as `exists`, while at least one does.</summary>
internal sealed class ExistsNode(int id, BetaNode? source, string text, AlphaNode alpha, JoinTest test, bool negated)
    : SidedNode(id, source, text, alpha, test)
{
    public bool Negated => negated;

    public override PartialMatch Accept(RuleSession session, Token? parent, Fact? fact, Computed? computed)
    {
        var token = session.Attach(this, parent, fact, computed);
        token.Count = -1; // while it is counted, nothing is passed on
        File(session, token);
        MeetRights(session, token);
        token.Count = -(token.Count + 1);
        if (token.Count == 0 == negated)
            Emit(session, token, null);
        return token;
    }

    public override void RightInsert(RuleSession session, Fact fact) => MeetLefts(session, fact, parting: false);

    public override void RightRemove(RuleSession session, Fact fact) => MeetLefts(session, fact, parting: true);

    protected override void Meet(RuleSession session, Token token, Fact fact)
    {
        if (token.Count < 0)
        {
            token.Count--;
            return;
        }
        token.Count++;
        if (token.Count != 1)
            return;
        if (negated)
            session.DeleteChildren(token);
        else
            Emit(session, token, null);
    }

    protected override void Part(RuleSession session, Token token, Fact fact)
    {
        token.Count--;
        if (token.Count != 0)
            return;
        if (negated)
            Emit(session, token, null);
        else
            session.DeleteChildren(token);
    }
}
