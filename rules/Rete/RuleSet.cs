using System.Collections.Concurrent;

using Switchboard.Rules.Feel;

namespace Switchboard.Rules.Rete;

/// <summary>A rule set, ready to run. Immutable and safe for any number of threads; the sessions it makes are not.</summary>
public sealed class RuleSet
{
    private readonly ExpressionCache cache;
    private readonly Dictionary<RuleModel, List<PreparedRule>> prepared;
    private readonly ConcurrentBag<RuleSession> idle = [];
    private readonly FeelExpression? result;
    private readonly RowShape resultShape;

    private RuleSet(RuleSetModel model, IReadOnlyList<RuleProblem> problems, IReadOnlyList<RuleTestCase> tests, RuleSet? before)
    {
        Model = model;
        Tests = tests;
        cache = before?.cache ?? new ExpressionCache();
        Compiler = new RuleCompiler(model, cache);
        prepared = new Dictionary<RuleModel, List<PreparedRule>>(ReferenceEqualityComparer.Instance);
        var all = new List<RuleProblem>(problems);
        // A rule that is the same object over the same fact types has been prepared before.
        var known = before is not null && before.Model.FactTypes.SequenceEqual(model.FactTypes) && before.Model.Groups.SequenceEqual(model.Groups) ? before.prepared : null;
        foreach (var rule in model.Rules)
            prepared[rule] = known is not null && known.TryGetValue(rule, out var ready) ? ready : Compiler.Prepare(rule);
        all.AddRange(Compiler.Problems);
        foreach (var twice in model.Rules.GroupBy(rule => rule.Name).Where(same => same.Count() > 1))
            all.Add(new RuleProblem("duplicate_rule", $"Two rules are named {twice.Key}.", twice.Last().At, twice.Key));
        Network = new Network(model, model.Rules.SelectMany(rule => prepared[rule]));
        resultShape = new RowShape("facts", [.. model.FactTypes.Select(type => new RowField(type.Name, new ListType(new RowType(type.Shape))))]);
        if (model.Result is { } source)
        {
            result = cache.Parse("result", FeelScope.Empty.With("emitted", new ListType(FeelType.Any)).With("facts", new RowType(resultShape)), source.Text);
            all.AddRange(result.Problems.Select(problem => new RuleProblem(problem.Code, $"result: {problem.Message}", source.At, null)));
        }
        Problems = all;
    }

    /// <summary>The canonical form.</summary>
    public RuleSetModel Model { get; }

    /// <summary>What is wrong with it; rules with a problem are left out of the network.</summary>
    public IReadOnlyList<RuleProblem> Problems { get; }

    /// <summary>The test cases that stand in the set.</summary>
    public IReadOnlyList<RuleTestCase> Tests { get; }

    internal RuleCompiler Compiler { get; }

    internal Network Network { get; }

    /// <summary>Reads a rule set from YAML. Never throws on bad input: see <see cref="Problems"/>.</summary>
    public static RuleSet Parse(string yaml)
    {
        var read = RuleSetReader.Read(yaml);
        return new RuleSet(read.Model, read.Problems, read.Tests, null);
    }

    /// <summary>A rule set from its canonical form.</summary>
    public static RuleSet From(RuleSetModel model) => new(model, [], [], null);

    /// <summary>This set with a rule added, or put in the place of the rule of the same name; nothing else is prepared again.</summary>
    public RuleSet With(RuleModel rule)
    {
        var rules = Model.Rules.ToList();
        var at = rules.FindIndex(known => known.Name == rule.Name);
        if (at < 0)
            rules.Add(rule);
        else
            rules[at] = rule;
        return new RuleSet(Model with { Rules = rules }, [], Tests, this);
    }

    /// <summary>This set without a rule.</summary>
    public RuleSet Without(string rule) =>
        new(Model with { Rules = [.. Model.Rules.Where(known => known.Name != rule)] }, [], Tests, this);

    /// <summary>A working memory that lives as long as it is wanted.</summary>
    /// <param name="run">Clock, budget, diagnostics.</param>
    /// <param name="trace">Told of everything from the beginning: some rules match before there is any fact.</param>
    public RuleSession Open(FeelRun run, Action<RuleEvent>? trace = null) => new(Network, this, run, trace);

    /// <summary>An empty session that was perhaps used before; dispose of it to give it back. For many short runs.</summary>
    public RuleSession Rent(FeelRun run)
    {
        if (!idle.TryTake(out var session))
            return Open(run);
        session.Reset(run);
        return session;
    }

    internal void Return(RuleSession session)
    {
        if (idle.Count < 64)
            idle.Add(session);
    }

    /// <summary>The row of a fact type, for callers that insert rows.</summary>
    /// <exception cref="ArgumentException">There is no such type.</exception>
    public RowShape ShapeOf(string type) => Network.TypeOf(type)?.Shape
        ?? throw new ArgumentException($"{Model.Name} has no fact type {type}{Suggestion.For(type, Model.FactTypes.Select(known => known.Name))}", nameof(type));

    /// <summary>Inserts the input, lets the rules fire, and gives what came out.</summary>
    /// <param name="input">One entry a fact type: an object, or a list of objects.</param>
    /// <param name="run">Clock, budget, diagnostics.</param>
    /// <param name="explain">Whether <see cref="RuleSetResult.Fired"/> is wanted.</param>
    /// <param name="decisions">Answers `decide`.</param>
    public RuleSetResult Evaluate(FeelContext input, FeelRun run, bool explain = false, Func<string, FeelContext, FeelValue>? decisions = null)
    {
        using var session = Rent(run);
        session.Decisions = decisions;
        session.Explains = explain;
        foreach (var (name, value) in input.Entries)
        {
            if (Network.TypeOf(name) is not { } type)
            {
                run.Fail("unknown_fact", $"There is no fact type {name}{Suggestion.For(name, Model.FactTypes.Select(known => known.Name))}");
                continue;
            }
            foreach (var element in value.Kind == FeelKind.List ? value.AsList() : [value])
                Insert(session, type.Shape, element, run);
        }
        session.Fire();
        var output = FeelOperators.Bounded(run, Output(session, run));
        return new RuleSetResult(output, [.. session.Fired], [.. session.Emitted], session.Problem, run.Diagnostics);
    }

    private static void Insert(RuleSession session, RowShape shape, FeelValue element, FeelRun run)
    {
        if (element.Kind != FeelKind.Context)
        {
            run.Fail("wrong_fact", $"A {shape.Name} is an object, not {element}.");
            return;
        }
        var values = new FeelValue[shape.Fields.Count];
        foreach (var (name, value) in element.AsContext().Entries)
        {
            var field = shape.IndexOf(name);
            if (field >= 0)
                values[field] = FeelOperators.Conform(run, value, shape.Fields[field].Type);
            else
                run.Fail("unknown_field", $"{shape.Name} has no field {name}{Suggestion.For(name, shape.Fields.Select(known => known.Name))}");
        }
        session.Insert(new FeelRow(shape, values));
    }

    private FeelValue Output(RuleSession session, FeelRun run)
    {
        var emitted = FeelValue.Of((IReadOnlyList<FeelValue>)[.. session.Emitted.Select(FeelValue.Of)]);
        var facts = FeelValue.Of(new FeelRow(resultShape, [.. Model.FactTypes.Select(type =>
            FeelValue.Of((IReadOnlyList<FeelValue>)[.. session.Facts(type.Name).OrderBy(fact => fact.Id).Select(fact => FeelValue.Of(fact.Row))]))]));
        return result is not null
            ? result.Evaluate([emitted, facts], run)
            : FeelValue.Of(new FeelEntries([KeyValuePair.Create("emitted", emitted), KeyValuePair.Create("facts", facts)]));
    }
}

/// <summary>What came out of an evaluation.</summary>
/// <param name="Output">What the set's result says; without one {emitted, facts}.</param>
/// <param name="Fired">What fired, with bindings and contributions; empty unless an explanation was asked for.</param>
/// <param name="Emitted">The emitted rows, in their order.</param>
/// <param name="Problem">Why firing was stopped; null where it ended by itself.</param>
/// <param name="Diagnostics">Why something was null.</param>
public sealed record RuleSetResult(
    FeelValue Output, IReadOnlyList<FiredRule> Fired, IReadOnlyList<FeelContext> Emitted, RuleProblem? Problem, IReadOnlyList<FeelDiagnostic> Diagnostics);
