using Switchboard.Rules.Feel;

namespace Switchboard.Rules.Rete;

/// <summary>
/// A working memory with the rules that watch it. Facts may be inserted, updated and retracted at any time; only what depends
/// on them is matched again. <see cref="Fire"/> lets the rules act. One thread at a time.
/// </summary>
public sealed partial class RuleSession : IDisposable
{
    private readonly Network network;
    private readonly AlphaMemory?[] alphas;
    private readonly LeftMemory?[] lefts;
    private readonly List<AlphaMemory> usedAlphas = [];
    private readonly List<LeftMemory> usedLefts = [];
    private readonly List<Fact>[] facts;
    private readonly List<AlphaNode> found = [];
    private readonly List<AlphaNode> leaving = [];
    private readonly List<AlphaNode> entering = [];
    private readonly List<SidedNode> partings = [];
    private readonly PriorityQueue<Group, int> touched = new();
    private readonly Stack<Token> freeTokens = new();
    private readonly Stack<Entry> freeEntries = new();
    private readonly Stack<Activation> freeActivations = new();
    private FeelValue[] slots = new FeelValue[16];
    private long lastId, stamp;

    internal RuleSession(Network network, RuleSet set, FeelRun run, Action<RuleEvent>? trace = null)
    {
        Trace = trace;
        this.network = network;
        Set = set;
        Run = run;
        alphas = new AlphaMemory?[network.AlphaCount];
        lefts = new LeftMemory?[network.BetaCount];
        facts = new List<Fact>[network.Types.Count];
        for (var i = 0; i < facts.Length; i++)
            facts[i] = [];
        agendas = new Agenda[network.GroupNames.Count];
        for (var i = 0; i < agendas.Length; i++)
            agendas[i] = new Agenda(set.Model.Order);
        Begin();
    }

    /// <summary>The rules.</summary>
    public RuleSet Set { get; }

    /// <summary>The clock, the budget and the diagnostics of the expressions.</summary>
    public FeelRun Run { get; private set; }

    /// <summary>Answers `decide`: key and input to the answer. Null: every call answers null, with a diagnostic.</summary>
    public Func<string, FeelContext, FeelValue>? Decisions { get; set; }

    /// <summary>Told of everything that happens; null for nobody.</summary>
    public Action<RuleEvent>? Trace { get; set; }

    /// <summary>The facts of a type, in the order of insertion unless some were retracted.</summary>
    /// <exception cref="ArgumentException">There is no such type.</exception>
    public IReadOnlyList<Fact> Facts(string type) => facts[TypeOf(type).Id];

    /// <summary>The facts of a type that satisfy a FEEL expression over their fields.</summary>
    /// <exception cref="ArgumentException">There is no such type, or the expression has a mistake.</exception>
    public IEnumerable<Fact> Query(string type, string where)
    {
        var node = TypeOf(type);
        var predicate = Set.Compiler.Filter(node.Shape, where);
        return facts[node.Id].Where(fact => predicate.Holds(null, fact.Row, this)).ToList();
    }

    /// <summary>Inserts a fact.</summary>
    /// <param name="row">Of the shape of one of the set's fact types.</param>
    /// <exception cref="ArgumentException">The shape is of none of the set's fact types.</exception>
    public Fact Insert(FeelRow row)
    {
        var type = network.TypeOf(row.Shape) ?? throw new ArgumentException($"{row.Shape.Name} is no fact type of {Set.Model.Name}.", nameof(row));
        var fact = InsertInto(type, row, 0);
        DrainRetractions();
        return fact;
    }

    /// <summary>Inserts a fact with these fields; those that are not named are null, and values are made to conform to their types.</summary>
    /// <exception cref="ArgumentException">There is no such type, or no such field.</exception>
    public Fact Insert(string type, params ReadOnlySpan<(string Field, FeelValue Value)> values)
    {
        var node = TypeOf(type);
        return Insert(new FeelRow(node.Shape, Changed(node.Shape, new FeelValue[node.Shape.Fields.Count], values)));
    }

    /// <summary>Changes fields of a fact.</summary>
    /// <exception cref="ArgumentException">There is no such field.</exception>
    public void Update(Fact fact, params ReadOnlySpan<(string Field, FeelValue Value)> values) =>
        Update(fact, new FeelRow(fact.Row.Shape, Changed(fact.Row.Shape, (FeelValue[])fact.Row.Values.Clone(), values)));

    /// <summary>Gives a fact another row.</summary>
    /// <exception cref="ArgumentException">The row is of another shape, or the fact is not known.</exception>
    public void Update(Fact fact, FeelRow row)
    {
        if (!fact.IsKnown || row.Shape != fact.Row.Shape)
            throw new ArgumentException($"{fact} is not known, or {row.Shape.Name} is another type.", nameof(row));
        UpdateCore(fact, row);
        DrainRetractions();
    }

    /// <summary>Takes a fact away. A fact that is not known any more is left alone.</summary>
    public void Retract(Fact fact)
    {
        if (!fact.IsKnown)
            return;
        RetractCore(fact);
        DrainRetractions();
    }

    /// <summary>Forgets all facts, for another run.</summary>
    internal void Reset(FeelRun run)
    {
        if (facts.Sum(list => list.Count) <= 64)
        {
            // Few facts are cheaper to take out one by one: every token and entry is used again.
            foreach (var list in facts)
            {
                while (list.Count > 0)
                    RetractCore(list[^1]);
            }
            Flush();
            ClearAgenda();
            (Run, Decisions, Trace, Explains, lastId) = (run, null, null, false, 0);
            return;
        }
        foreach (var memory in usedAlphas)
            memory.Clear();
        foreach (var memory in usedLefts)
            memory.Clear();
        foreach (var list in facts)
            list.Clear();
        ClearAgenda();
        touched.Clear();
        logical.Clear();
        retractions.Clear();
        (Run, Decisions, Trace, Explains, lastId) = (run, null, null, false, 0);
        Begin();
    }

    /// <summary>Gives a session of <see cref="RuleSet.Rent"/> back.</summary>
    public void Dispose() => Set.Return(this);

    private void Begin()
    {
        foreach (var root in network.Roots)
            root.Accept(this, null, null, null);
    }

    private Fact InsertInto(TypeNode type, FeelRow row, int generation)
    {
        var fact = new Fact(row, ++lastId, generation);
        Place(type, fact);
        return fact;
    }

    private void Place(TypeNode type, Fact fact)
    {
        fact.Position = facts[type.Id].Count;
        facts[type.Id].Add(fact);
        Trace?.Invoke(new RuleEvent(RuleEventKind.Inserted, fact, null, null));
        found.Clear();
        type.Match(fact.Row, this, found);
        for (var i = 0; i < found.Count; i++)
            Enter(found[i], fact);
    }

    private void Enter(AlphaNode alpha, Fact fact)
    {
        alpha.Add(this, fact);
        foreach (var successor in alpha.Successors)
            successor.RightInsert(this, fact);
    }

    private void UpdateCore(Fact fact, FeelRow row)
    {
        var old = fact.Row;
        ulong changed = 0;
        for (var i = 0; i < row.Values.Length; i++)
        {
            if (!Same(old.Values[i], row.Values[i]))
                changed |= TypeNode.Bit(i);
        }
        if (changed == 0)
            return;
        var type = network.TypeOf(row.Shape)!;
        found.Clear();
        type.Match(row, this, found);
        stamp++;
        foreach (var alpha in found)
            Memory(alpha).Stamp = stamp;
        leaving.Clear();
        entering.Clear();
        for (var entry = fact.Entries; entry is not null; entry = entry.NextOfFact)
        {
            if (!entry.IsMembership)
                continue;
            var memory = Memory(entry.Alpha);
            var stays = memory.Stamp == stamp;
            if (!stays || (entry.Alpha.DownstreamMask & changed) != 0)
                leaving.Add(entry.Alpha);
            if (stays && (entry.Alpha.DownstreamMask & changed) == 0)
                memory.Stamp = -stamp;
        }
        foreach (var alpha in found)
        {
            if (Memory(alpha).Stamp == stamp)
                entering.Add(alpha);
        }
        keepsFired = true;
        Part(fact, leaving);
        fact.Row = row;
        Trace?.Invoke(new RuleEvent(RuleEventKind.Updated, fact, null, old));
        entering.Sort(static (a, b) => a.Id - b.Id);
        foreach (var alpha in entering)
            Enter(alpha, fact);
        keepsFired = false;
        DropFired();
    }

    private void RetractCore(Fact fact)
    {
        fact.IsKnown = false;
        var list = facts[network.TypeOf(fact.Row.Shape)!.Id];
        list[^1].Position = fact.Position;
        list[fact.Position] = list[^1];
        list.RemoveAt(list.Count - 1);
        if (fact.Support is { } support)
            logical.Remove(support.Key);
        Trace?.Invoke(new RuleEvent(RuleEventKind.Retracted, fact, null, null));
        leaving.Clear();
        for (var entry = fact.Entries; entry is not null; entry = entry.NextOfFact)
        {
            if (entry.IsMembership)
                leaving.Add(entry.Alpha);
        }
        Part(fact, leaving);
    }

    /// <summary>
    /// Takes the fact out of memories: first out of all of them, then every match with it, then, deepest first, out of what was
    /// counted; in any other order something would be found twice or missed.
    /// </summary>
    private void Part(Fact fact, List<AlphaNode> alphas)
    {
        if (alphas.Count == 0)
            return;
        stamp++;
        foreach (var alpha in alphas)
            Memory(alpha).Stamp = stamp;
        Entry? kept = null;
        for (var entry = fact.Entries; entry is not null;)
        {
            var next = entry.NextOfFact;
            if (Memory(entry.Alpha).Stamp == stamp)
            {
                entry.List?.Remove(entry);
                Recycle(entry);
            }
            else
            {
                entry.NextOfFact = kept;
                kept = entry;
            }
            entry = next;
        }
        fact.Entries = kept;
        for (var token = fact.Tokens; token is not null;)
        {
            // A token's deletion takes only tokens behind it along, and those end in the same fact only if it joined with itself.
            if (token.Owner.Source is SidedNode side && Memory(side.Alpha).Stamp == stamp)
            {
                Delete(token);
                token = fact.Tokens;
            }
            else
                token = token.NextOfFact;
        }
        partings.Clear();
        foreach (var alpha in alphas)
        {
            foreach (var successor in alpha.Successors)
            {
                if (successor is not JoinNode)
                    partings.Add(successor);
            }
        }
        if (partings.Count > 1)
            partings.Sort(static (a, b) => b.Depth - a.Depth);
        foreach (var successor in partings)
            successor.RightRemove(this, fact);
    }

    private static bool Same(FeelValue a, FeelValue b) =>
        a.Kind == b.Kind && (ReferenceEquals(a.Reference, b.Reference) && a.Reference is not null || FeelEqualityComparer.Instance.Equals(a, b));

    private FeelValue[] Changed(RowShape shape, FeelValue[] values, ReadOnlySpan<(string Field, FeelValue Value)> changes)
    {
        foreach (var (name, value) in changes)
        {
            var field = shape.IndexOf(name);
            if (field < 0)
                throw new ArgumentException($"{shape.Name} has no field {name}{Suggestion.For(name, shape.Fields.Select(known => known.Name))}", nameof(changes));
            values[field] = FeelOperators.Conform(Run, value, shape.Fields[field].Type);
        }
        return values;
    }

    private TypeNode TypeOf(string type) => network.TypeOf(type)
        ?? throw new ArgumentException($"{Set.Model.Name} has no fact type {type}{Suggestion.For(type, network.Types.Select(known => known.Shape.Name))}", nameof(type));

    // What the nodes call.

    internal AlphaMemory Memory(AlphaNode node)
    {
        ref var memory = ref alphas[node.Id];
        if (memory is null)
        {
            memory = new AlphaMemory(node);
            usedAlphas.Add(memory);
        }
        return memory;
    }

    internal LeftMemory Memory(SidedNode node)
    {
        ref var memory = ref lefts[node.Id];
        if (memory is null)
        {
            memory = new LeftMemory();
            usedLefts.Add(memory);
        }
        return memory;
    }

    internal FeelValue[] Slots(int count)
    {
        if (slots.Length < count)
            slots = new FeelValue[count * 2];
        return slots;
    }

    internal Entry NewEntry(Fact fact, AlphaNode alpha, bool isMembership = false)
    {
        var entry = freeEntries.TryPop(out var free) ? free : new Entry();
        entry.Fact = fact;
        entry.Alpha = alpha;
        entry.IsMembership = isMembership;
        entry.NextOfFact = fact.Entries;
        fact.Entries = entry;
        return entry;
    }

    private void Recycle(Entry entry)
    {
        entry.List = null;
        entry.Next = entry.Previous = entry.NextOfFact = null;
        entry.Fact = null!;
        freeEntries.Push(entry);
    }

    internal Token Attach(BetaNode owner, Token? parent, Fact? fact, Computed? computed)
    {
        var token = freeTokens.TryPop(out var free) ? free : new Token();
        Link(token, owner, parent, fact, computed);
        return token;
    }

    internal Activation NewActivation(ProductionNode owner, Token? parent, Fact? fact, Computed? computed)
    {
        var activation = freeActivations.TryPop(out var free) ? free : new Activation();
        Link(activation, owner, parent, fact, computed);
        return activation;
    }

    private static void Link(PartialMatch token, BetaNode owner, Token? parent, Fact? fact, Computed? computed)
    {
        token.Owner = owner;
        token.Parent = parent;
        token.Fact = fact;
        token.Computed = computed;
        token.IsGone = false;
        if (parent is not null)
        {
            token.NextSibling = parent.FirstChild;
            if (parent.FirstChild is not null)
                parent.FirstChild.PreviousSibling = token;
            parent.FirstChild = token;
        }
        if (fact is not null)
        {
            token.NextOfFact = fact.Tokens;
            if (fact.Tokens is not null)
                fact.Tokens.PreviousOfFact = token;
            fact.Tokens = token;
        }
    }

    internal void DeleteChildren(Token token)
    {
        while (token.FirstChild is not null)
            Delete(token.FirstChild);
    }

    internal void Delete(PartialMatch token)
    {
        if (token is Token inner)
            DeleteChildren(inner);
        token.Owner.Leave(this, token);
        if (token.PreviousSibling is not null)
            token.PreviousSibling.NextSibling = token.NextSibling;
        else if (token.Parent is not null)
            token.Parent.FirstChild = token.NextSibling;
        if (token.NextSibling is not null)
            token.NextSibling.PreviousSibling = token.PreviousSibling;
        if (token.PreviousOfFact is not null)
            token.PreviousOfFact.NextOfFact = token.NextOfFact;
        else if (token.Fact is not null)
            token.Fact.Tokens = token.NextOfFact;
        if (token.NextOfFact is not null)
            token.NextOfFact.PreviousOfFact = token.PreviousOfFact;
        token.NextSibling = token.PreviousSibling = token.NextOfFact = token.PreviousOfFact = null;
        token.Parent = null;
        token.Fact = null;
        token.Computed = null;
        token.IsGone = true;
        if (token is Token free)
        {
            free.Count = 0;
            freeTokens.Push(free);
        }
        else if (token is Activation { IsQueued: false } activation)
            Recycle(activation);
    }

    internal void Recycle(Activation activation)
    {
        activation.IsQueued = activation.IsFired = false;
        activation.Supports = null;
        freeActivations.Push(activation);
    }

    internal void Touch(Group group)
    {
        if (group.IsTouched)
            return;
        group.IsTouched = true;
        touched.Enqueue(group, group.Node.Depth);
    }

    /// <summary>Brings the matches of aggregates up to date.</summary>
    internal void Flush()
    {
        while (touched.TryDequeue(out var group, out _))
            group.Node.Flush(this, group);
        DrainRetractions();
    }
}
