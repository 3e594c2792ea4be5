using Switchboard.Rules.Feel;

namespace Switchboard.Rules.Rete;

/// <summary>A rule with its conditions in the network and its actions ready to run. A rule with `or` has one for each branch.</summary>
internal sealed class CompiledRule(RuleModel model, int groupIndex, decimal? priority, FeelOperand? priorityOfMatch)
{
    public RuleModel Model => model;

    public int GroupIndex => groupIndex;

    public CompiledAction[] Actions { get; set; } = [];

    /// <summary>How many slots the actions need: the variables of the conditions and those of decisions.</summary>
    public int SlotCount { get; set; }

    /// <summary>
    /// What depends on a match must follow its facts: such a rule, and one that repeats, fires again when they change.
    /// </summary>
    public bool FiresAgain { get; } = model.Repeat || model.Then.Any(action => action is InsertAction { WhileTrue: true });

    /// <summary>The nodes of the conditions, in their order.</summary>
    public List<RuleStep> Steps { get; } = [];

    public bool IsActive(FeelRun run) =>
        (model.ActiveFrom is not { } from || run.Now >= from) && (model.ActiveTo is not { } to || run.Now < to);

    public decimal Priority(Activation activation, RuleSession session)
    {
        if (priority is { } constant)
            return constant;
        var value = priorityOfMatch!.Read(activation, null, session);
        return value.Kind == FeelKind.Number ? value.Short : 0;
    }
}

/// <summary>A condition of a rule and the node that tests it, for explanations.</summary>
/// <param name="Condition">As it stands in the rule.</param>
/// <param name="Node">Where partial matches wait for it.</param>
/// <param name="Tests">Each condition of the pattern with its text.</param>
internal sealed record RuleStep(Condition Condition, BetaNode Node, IReadOnlyList<(string Text, Predicate Test, bool IsOwn)> Tests);

/// <summary>An action, ready to run.</summary>
internal abstract class CompiledAction
{
    public abstract void Execute(RuleSession session, RuleMatch match);

    protected static FeelValue[] Row(RuleSession session, RuleMatch match, RowShape shape, FeelValue[] values, (int Field, FeelExpression Value)[] set)
    {
        foreach (var (field, value) in set)
            values[field] = FeelOperators.Conform(session.Run, value.Evaluate(match.Slots, session.Run), shape.Fields[field].Type);
        return values;
    }
}

internal sealed class CompiledInsert(RowShape shape, (int Field, FeelExpression Value)[] set, bool whileTrue) : CompiledAction
{
    public override void Execute(RuleSession session, RuleMatch match)
    {
        var row = new FeelRow(shape, Row(session, match, shape, new FeelValue[shape.Fields.Count], set));
        if (whileTrue)
            session.InsertWhileTrue(match, row);
        else
            session.InsertBy(match, row);
    }
}

internal sealed class CompiledUpdate(int variable, RowShape shape, (int Field, FeelExpression Value)[] set) : CompiledAction
{
    public override void Execute(RuleSession session, RuleMatch match)
    {
        var fact = match.Fact(variable);
        session.UpdateBy(match, fact, new FeelRow(shape, Row(session, match, shape, (FeelValue[])fact.Row.Values.Clone(), set)));
        match.Refresh(fact);
    }
}

internal sealed class CompiledRetract(int variable) : CompiledAction
{
    public override void Execute(RuleSession session, RuleMatch match) => session.RetractBy(match.Fact(variable));
}

internal sealed class CompiledEmit(RowShape shape, (int Field, FeelExpression Value)[] set) : CompiledAction
{
    public override void Execute(RuleSession session, RuleMatch match) =>
        session.Emit(new FeelRow(shape, Row(session, match, shape, new FeelValue[shape.Fields.Count], set)));
}

internal sealed class CompiledDecide(string key, RowShape shape, (int Field, FeelExpression Value)[] set, int slot) : CompiledAction
{
    public override void Execute(RuleSession session, RuleMatch match)
    {
        var input = new FeelRow(shape, Row(session, match, shape, new FeelValue[shape.Fields.Count], set));
        match.Slots[slot] = session.Decide(key, input);
    }
}

internal sealed class CompiledStop : CompiledAction
{
    public override void Execute(RuleSession session, RuleMatch match) => session.IsStopped = true;
}

internal sealed class CompiledCode(Action<RuleMatch> body) : CompiledAction
{
    public override void Execute(RuleSession session, RuleMatch match) => body(match);
}
