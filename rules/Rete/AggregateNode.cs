using Switchboard.Rules.Feel;

namespace Switchboard.Rules.Rete;

/// <summary>How an aggregate node makes a value of its facts.</summary>
internal sealed record AggregateSpec(
    AggregateKind Kind, Operand? Of, Operand? GroupBy, Operand? OrderBy, bool Descending, int? Take, Predicate? Having);

/// <summary>
/// One match more for all facts of a group. Groups are kept up to date with every fact; their matches only when somebody
/// looks (<see cref="RuleSession.Flush"/>), so that a thousand inserts cost one new match.
/// </summary>
internal sealed class AggregateNode(int id, BetaNode? source, string text, AlphaNode alpha, JoinTest test, AggregateSpec spec)
    : SidedNode(id, source, text, alpha, test)
{
    public AggregateSpec Spec => spec;

    public override PartialMatch Accept(RuleSession session, Token? parent, Fact? fact, Computed? computed)
    {
        var token = session.Attach(this, parent, fact, computed);
        var memory = session.Memory(this);
        memory.Groups ??= [];
        memory.Groups.Add(token, new Dictionary<FeelValue, Group>(FeelEqualityComparer.Instance));
        if (spec.GroupBy is null)
            session.Touch(Find(session, token, default));
        File(session, token);
        MeetRights(session, token);
        return token;
    }

    public override void Leave(RuleSession session, PartialMatch match)
    {
        base.Leave(session, match);
        var memory = session.Memory(this);
        if (!memory.Groups!.Remove((Token)match, out var groups))
            return;
        foreach (var group in groups.Values)
        {
            group.IsGone = true;
            for (var entry = group.First; entry is not null; entry = entry.Next)
                entry.Unchain();
        }
    }

    public override void RightInsert(RuleSession session, Fact fact) => MeetLefts(session, fact, parting: false);

    public override void RightRemove(RuleSession session, Fact fact)
    {
        for (var entry = fact.Groups; entry is not null;)
        {
            var next = entry.NextOfFact;
            if (entry.Group.Node == this)
            {
                entry.Unchain();
                entry.Group.Remove(session, entry);
                session.Touch(entry.Group);
            }
            entry = next;
        }
    }

    protected override void Meet(RuleSession session, Token token, Fact fact)
    {
        var group = Find(session, token, spec.GroupBy?.Read(token, fact.Row, session) ?? default);
        var value = spec.Of is null ? FeelValue.Of(fact.Row) : spec.Of.Read(token, fact.Row, session);
        var entry = new GroupEntry
        {
            Fact = fact,
            Group = group,
            Value = value,
            Order = spec.OrderBy is null ? default : spec.OrderBy.Read(token, fact.Row, session),
        };
        entry.Chain();
        group.Add(session, entry);
        session.Touch(group);
    }

    private Group Find(RuleSession session, Token token, FeelValue key)
    {
        var groups = session.Memory(this).Groups![token];
        ref var group = ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(groups, key, out _);
        return group ??= new Group(this, token, key);
    }

    /// <summary>Puts a new match in the place of the group's old one, if the value is another.</summary>
    public void Flush(RuleSession session, Group group)
    {
        group.IsTouched = false;
        if (group.IsGone)
            return;
        var isEmpty = group.Count == 0 && spec.GroupBy is not null;
        var value = isEmpty ? default : group.Value(session);
        var holds = !isEmpty;
        var computed = new Computed(value, group.Key);
        if (holds && group.Emitted is { } emitted && spec.Kind != AggregateKind.Collect
            && emitted.Value.Kind == value.Kind && FeelEqualityComparer.Instance.Equals(emitted.Value, value))
            return;
        foreach (var token in group.Out)
            session.Delete(token);
        group.Out.Clear();
        group.Emitted = null;
        if (isEmpty)
        {
            group.IsGone = true;
            session.Memory(this).Groups![group.Left].Remove(group.Key);
            return;
        }
        if (spec.Having is not null && !HavingHolds(session, group.Left, computed))
            return;
        group.Emitted = computed;
        foreach (var child in Children)
            group.Out.Add(child.Accept(session, group.Left, null, computed));
    }

    /// <summary>The values under a token, whether or not they are up to date, made anew: for explanations.</summary>
    public IEnumerable<Computed> Values(RuleSession session, Token? token)
    {
        var facts = session.Facts(Alpha.Type.Shape.Name).OrderBy(fact => fact.Id)
            .Where(fact => Alpha.Tests.All(test => test.Holds(null, fact.Row, session)) && (Test.Whole?.Holds(token, fact.Row, session) ?? true)).ToList();
        var groups = spec.GroupBy is null ? [facts]
            : facts.GroupBy(fact => spec.GroupBy.Read(token, fact.Row, session), FeelEqualityComparer.Instance).Select(group => group.ToList()).ToList();
        foreach (var members in groups)
        {
            var key = spec.GroupBy is null ? default : spec.GroupBy.Read(token, members[0].Row, session);
            var group = new Group(this, token!, key);
            foreach (var fact in members)
            {
                group.Add(session, new GroupEntry
                {
                    Fact = fact,
                    Group = group,
                    Value = spec.Of is null ? FeelValue.Of(fact.Row) : spec.Of.Read(token, fact.Row, session),
                    Order = spec.OrderBy is null ? default : spec.OrderBy.Read(token, fact.Row, session),
                });
            }
            var computed = new Computed(group.Value(session), key);
            if (spec.Having is null || spec.Having.Holds(new Token { Parent = token, Owner = this, Computed = computed }, null, session))
                yield return computed;
        }
    }

    private bool HavingHolds(RuleSession session, Token left, Computed computed) =>
        spec.Having!.Holds(new Token { Parent = left, Owner = this, Computed = computed }, null, session);
}

/// <summary>The facts that one token and one group value have in common.</summary>
internal sealed class Group(AggregateNode node, Token left, FeelValue key) : Chain<GroupEntry>
{
    private FeelValue sum = FeelValue.Of(0m);
    private int strangers;
    private FeelValue extreme;
    private bool extremeIsKnown;

    public AggregateNode Node => node;

    public Token Left => left;

    public FeelValue Key => key;

    public int Count { get; private set; }

    public bool IsTouched { get; set; }

    public bool IsGone { get; set; }

    /// <summary>What the matches behind it carry; null where there are none.</summary>
    public Computed? Emitted { get; set; }

    public List<PartialMatch> Out { get; } = [];

    private AggregateKind Kind => node.Spec.Kind;

    public void Add(RuleSession session, GroupEntry entry)
    {
        Append(entry);
        Count++;
        if (Kind is AggregateKind.Sum or AggregateKind.Average)
        {
            if (entry.Value.Kind == FeelKind.Number)
                sum = FeelOperators.Add(session.Run, sum, entry.Value);
            else
                strangers++;
        }
        else if (Kind is AggregateKind.Min or AggregateKind.Max && extremeIsKnown)
            extreme = Better(extreme, entry.Value);
    }

    public void Remove(RuleSession session, GroupEntry entry)
    {
        TakeOut(entry);
        Count--;
        if (Kind is AggregateKind.Sum or AggregateKind.Average)
        {
            if (entry.Value.Kind == FeelKind.Number)
                sum = FeelOperators.Subtract(session.Run, sum, entry.Value);
            else
                strangers--;
        }
        extremeIsKnown = false;
    }

    public FeelValue Value(RuleSession session) => Kind switch
    {
        AggregateKind.Count => FeelValue.Of((decimal)Count),
        AggregateKind.Sum => strangers > 0 ? default : sum,
        AggregateKind.Average => strangers > 0 || Count == 0 ? default : FeelOperators.Divide(session.Run, sum, FeelValue.Of((decimal)Count)),
        AggregateKind.Min or AggregateKind.Max => Extreme(),
        _ => FeelValue.Of((IReadOnlyList<FeelValue>)Collected()),
    };

    private FeelValue[] Collected()
    {
        var entries = new GroupEntry[Count];
        var at = 0;
        for (var entry = First; entry is not null; entry = entry.Next)
            entries[at++] = entry;
        IEnumerable<GroupEntry> ordered = entries;
        if (node.Spec.OrderBy is not null)
        {
            var comparer = Comparer<FeelValue>.Create(Compare);
            ordered = node.Spec.Descending
                ? entries.OrderByDescending(entry => entry.Order, comparer)
                : entries.OrderBy(entry => entry.Order, comparer);
        }
        if (node.Spec.Take is { } take)
            ordered = ordered.Take(take);
        return [.. ordered.Select(entry => entry.Value)];
    }

    /// <summary>Null, and what cannot be compared, comes last.</summary>
    private static int Compare(FeelValue a, FeelValue b) =>
        a.IsNull || b.IsNull ? a.IsNull.CompareTo(b.IsNull) : FeelOperators.Compare(a, b) ?? a.Kind.CompareTo(b.Kind);

    private FeelValue Extreme()
    {
        if (!extremeIsKnown && First is not null)
        {
            extreme = First.Value;
            for (var entry = First.Next; entry is not null; entry = entry.Next)
                extreme = Better(extreme, entry.Value);
        }
        extremeIsKnown = First is not null;
        return First is null ? default : extreme;
    }

    /// <summary>Null once something cannot be compared, as FEEL's min() and max() are.</summary>
    private FeelValue Better(FeelValue a, FeelValue b)
    {
        if (a.IsNull || b.IsNull || FeelOperators.Compare(b, a) is not { } order)
            return default;
        return Kind == AggregateKind.Min ? order < 0 ? b : a : order > 0 ? b : a;
    }
}

/// <summary>A fact's place in a group.</summary>
internal sealed class GroupEntry : Link<GroupEntry>
{
    public required Fact Fact { get; init; }

    public required Group Group { get; init; }

    public FeelValue Value { get; init; }

    public FeelValue Order { get; init; }

    public GroupEntry? NextOfFact, PreviousOfFact;

    public void Chain()
    {
        NextOfFact = Fact.Groups;
        if (Fact.Groups is not null)
            Fact.Groups.PreviousOfFact = this;
        Fact.Groups = this;
    }

    public void Unchain()
    {
        if (PreviousOfFact is null)
            Fact.Groups = NextOfFact;
        else
            PreviousOfFact.NextOfFact = NextOfFact;
        if (NextOfFact is not null)
            NextOfFact.PreviousOfFact = PreviousOfFact;
    }
}
