using Switchboard.Rules.Feel;

namespace Switchboard.Rules.Rete;

public sealed partial class RuleSession
{
    // More than any set of rules means to make in one go, and no more than some hundred megabytes.
    private const int MostMade = 200_000;

    private readonly Agenda[] agendas;
    private readonly Dictionary<RowKey, LogicalSupport> logical = [];
    private readonly Queue<Fact> retractions = new();
    private readonly Queue<string> lastFired = new();
    private Dictionary<MatchKey, List<LogicalSupport>?>? fired;
    private bool keepsFired;
    private int made;
    private RuleMatch? match;
    private FiredRule? recorded;

    /// <summary>Whether a rule has said stop. The next <see cref="Fire"/> begins anew.</summary>
    public bool IsStopped { get; internal set; }

    /// <summary>Why firing ended before nothing was left to do; null where it did not.</summary>
    public RuleProblem? Problem { get; private set; }

    /// <summary>The rows that rules have emitted.</summary>
    public IReadOnlyList<FeelContext> Emitted => emitted;

    /// <summary>What has fired, with bindings and contributions; empty unless <see cref="Explains"/>.</summary>
    public IReadOnlyList<FiredRule> Fired => firedRules;

    /// <summary>Whether <see cref="Fired"/> is kept.</summary>
    public bool Explains { get; set; }

    private readonly List<FeelContext> emitted = [];
    private readonly List<FiredRule> firedRules = [];

    /// <summary>How many matches wait to be fired, in all groups.</summary>
    public int WaitingCount
    {
        get
        {
            Flush();
            return agendas.Sum(agenda => agenda.Waiting.Count());
        }
    }

    /// <summary>
    /// Lets rules fire until nothing is left to do, a rule says stop, or they go on too long: the set's
    /// cycle limit, or 200,000 facts made (see <see cref="Problem"/>).
    /// Agenda groups have their turn in the order of the set; rules without a group take part in each.
    /// </summary>
    /// <param name="most">How many may fire at most.</param>
    /// <param name="filter">Which matches may fire; others are passed over for good. Null for all.</param>
    /// <param name="group">Only this group and the rules without one; null for all groups in their order.</param>
    /// <param name="stopping">Ends firing between two rules with an exception.</param>
    /// <returns>How many have fired.</returns>
    public int Fire(int most = int.MaxValue, Func<RuleMatch, bool>? filter = null, string? group = null, CancellationToken stopping = default)
    {
        IsStopped = false;
        Problem = null;
        made = 0;
        var count = 0;
        if (group is not null || agendas.Length == 1)
            return FireGroup(group is null ? 0 : network.GroupOf(group), most, filter, stopping);
        for (var i = 1; i < agendas.Length && !IsStopped && Problem is null; i++)
            count += FireGroup(i, most - count, filter, stopping);
        return count;
    }

    private int FireGroup(int group, int most, Func<RuleMatch, bool>? filter, CancellationToken stopping)
    {
        var count = 0;
        while (count < most && !IsStopped && Problem is null)
        {
            stopping.ThrowIfCancellationRequested();
            Flush();
            if (Next(group) is not { } activation)
                break;
            activation.IsQueued = false;
            var rule = activation.Production.Rule;
            if (!rule.IsActive(Run))
                continue;
            match ??= new RuleMatch(this);
            match.Load(activation);
            if (filter is not null && !filter(match))
                continue;
            activation.IsFired = true;
            count++;
            if (match.Generation > Set.Model.CycleLimit)
            {
                Problem = CycleProblem(match);
                break;
            }
            Execute(rule, activation);
        }
        return count;
    }

    private Activation? Next(int group)
    {
        var common = agendas[0].Peek(this);
        if (group == 0)
            return common is null ? null : agendas[0].Take();
        var own = agendas[group].Peek(this);
        if (common is null && own is null)
            return null;
        return own is null || common > own ? agendas[0].Take() : agendas[group].Take();
    }

    private void Execute(CompiledRule rule, Activation activation)
    {
        if (match!.Generation > Set.Model.CycleLimit - 64)
            Remember(match);
        if (Explains)
            firedRules.Add(recorded = new FiredRule(rule.Model.Name, match.Bindings(), []));
        Trace?.Invoke(new RuleEvent(RuleEventKind.Fired, null, match, null));
        executing = activation;
        foreach (var action in rule.Actions)
        {
            action.Execute(this, match);
            DrainRetractions();
        }
        executing = null;
        recorded = null;
        if (activation.IsGone)
            Recycle(activation);
    }

    private Activation? executing;

    private void Remember(RuleMatch last)
    {
        lastFired.Enqueue($"{last.Rule} ({last.Describe()})");
        if (lastFired.Count > 64)
            lastFired.Dequeue();
    }

    private RuleProblem CycleProblem(RuleMatch last)
    {
        Remember(last);
        var rules = lastFired.Select(text => text[..text.IndexOf(" (", StringComparison.Ordinal)]).Distinct().ToList();
        var bindings = lastFired.Reverse().DistinctBy(text => text[..text.IndexOf(" (", StringComparison.Ordinal)]).Reverse().ToList();
        lastFired.Clear();
        return new RuleProblem(
            "cycle_limit",
            $"The rules feed each other without end: {string.Join(" → ", rules)}. They were stopped after {Set.Model.CycleLimit} firings in a row that led to each other. Last: {string.Join("; ", bindings)}.",
            network.Rule(last.Rule).Model.At, last.Rule);
    }

    // What the production nodes call.

    internal void Queue(Activation activation)
    {
        var rule = activation.Production.Rule;
        activation.IsQueued = true;
        agendas[rule.GroupIndex].Add(activation, rule.Priority(activation, this));
        if (Trace is not null)
            Tell(RuleEventKind.Activated, activation);
    }

    internal void Deactivate(Activation activation)
    {
        if (Trace is not null)
            Tell(RuleEventKind.Deactivated, activation);
        var keeps = keepsFired && activation.IsFired && !activation.Production.Rule.FiresAgain;
        if (keeps)
            (fired ??= [])[new MatchKey(activation.Production, activation)] = activation.Supports;
        else if (activation.Supports is not null)
            Release(activation.Supports);
        activation.Supports = null;
        if (activation == executing)
            activation.IsQueued = true; // so that it is not used again before the actions have ended
    }

    /// <summary>A match that had fired, and that an update only took apart and put together again, has still fired.</summary>
    internal bool TryTakeFired(ProductionNode production, Activation activation)
    {
        if (!keepsFired || fired is null || fired.Count == 0 || !fired.Remove(new MatchKey(production, activation), out var supports))
            return false;
        activation.IsFired = true;
        activation.Supports = supports;
        if (Trace is not null)
            Tell(RuleEventKind.Activated, activation);
        return true;
    }

    private void DropFired()
    {
        if (fired is null || fired.Count == 0)
            return;
        foreach (var supports in fired.Values)
        {
            if (supports is not null)
                Release(supports);
        }
        fired.Clear();
    }

    private void Release(List<LogicalSupport> supports)
    {
        foreach (var support in supports)
        {
            if (--support.Count == 0)
                retractions.Enqueue(support.Fact);
        }
    }

    private void DrainRetractions()
    {
        while (retractions.TryDequeue(out var fact))
        {
            if (fact.IsKnown && fact.Support is { Count: 0 })
                RetractCore(fact);
        }
    }

    private void Tell(RuleEventKind kind, Activation activation)
    {
        var told = new RuleMatch(this);
        told.Load(activation);
        Trace!(new RuleEvent(kind, null, told, null));
    }

    private void ClearAgenda()
    {
        foreach (var agenda in agendas)
            agenda.Clear();
        emitted.Clear();
        firedRules.Clear();
        fired?.Clear();
        (IsStopped, Problem) = (false, null);
    }

    /// <summary>Rules that each make several facts have more of them long before the chain is long.</summary>
    private void CountMade(RuleMatch by)
    {
        if (++made > MostMade)
        {
            Problem ??= new RuleProblem(
                "fact_limit", $"The rules have made more than {MostMade} facts and were stopped; the last rule was {by.Rule} ({by.Describe()}).", network.Rule(by.Rule).Model.At, by.Rule);
        }
    }

    // What the actions call.

    internal Fact InsertBy(RuleMatch by, FeelRow row)
    {
        CountMade(by);
        var fact = InsertInto(network.TypeOf(row.Shape)!, row, by.Generation + 1);
        recorded?.Contributions.Add(new Contribution(ContributionKind.Inserted, FeelValue.Of(row), fact));
        return fact;
    }

    internal void InsertWhileTrue(RuleMatch by, FeelRow row)
    {
        if (executing is not { IsGone: false } activation)
            return; // An earlier action has ended the match: what depends on it does not come to be.
        var key = new RowKey(row.Shape, row.Values);
        if (!logical.TryGetValue(key, out var support))
        {
            CountMade(by);
            // The support is there before the fact is: the insert itself may end the match.
            var fact = new Fact(row, ++lastId, by.Generation + 1);
            logical.Add(key, support = new LogicalSupport(fact, key) { Count = 1 });
            fact.Support = support;
            (activation.Supports ??= []).Add(support);
            recorded?.Contributions.Add(new Contribution(ContributionKind.Inserted, FeelValue.Of(row), fact));
            Place(network.TypeOf(row.Shape)!, fact);
            return;
        }
        if (activation.Supports?.Contains(support) == true)
            return;
        support.Count++;
        (activation.Supports ??= []).Add(support);
    }

    internal void UpdateBy(RuleMatch by, Fact fact, FeelRow row)
    {
        if (!fact.IsKnown)
            return;
        fact.Generation = Math.Max(fact.Generation, by.Generation + 1);
        recorded?.Contributions.Add(new Contribution(ContributionKind.Updated, FeelValue.Of(row), fact));
        UpdateCore(fact, row);
    }

    internal void RetractBy(Fact fact)
    {
        if (!fact.IsKnown)
            return;
        recorded?.Contributions.Add(new Contribution(ContributionKind.Retracted, FeelValue.Of(fact.Row), fact));
        RetractCore(fact);
    }

    internal void Emit(FeelContext row)
    {
        emitted.Add(row);
        recorded?.Contributions.Add(new Contribution(ContributionKind.Emitted, FeelValue.Of(row), null));
    }

    internal FeelValue Decide(string key, FeelContext input)
    {
        var answer = Decisions is null
            ? Run.Fail("no_decisions", $"Nobody answers the decision {key} here.")
            : Decisions(key, input);
        recorded?.Contributions.Add(new Contribution(ContributionKind.Decided, answer, null));
        return answer;
    }
}
