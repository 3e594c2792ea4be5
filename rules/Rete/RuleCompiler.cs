using Switchboard.Rules.Feel;

namespace Switchboard.Rules.Rete;

/// <summary>A condition, ready for a network: everything but the place in it.</summary>
internal sealed record PreparedStep(Condition Condition, string Text)
{
    public RowShape? Shape { get; init; }

    public string AlphaText { get; init; } = "";

    public Predicate[] AlphaTests { get; init; } = [];

    public ulong AlphaMask { get; init; }

    /// <summary>The key of the right side; its position is known in the network.</summary>
    public AlphaIndex? Index { get; init; }

    public JoinTest Join { get; init; } = new(null, false, -1, false, null, null);

    public ulong Downstream { get; set; }

    public Operand? Value { get; init; }

    public Predicate? Test { get; init; }

    public AggregateSpec? Aggregate { get; init; }

    public IReadOnlyList<(string Text, Predicate Test, bool IsOwn)> Tests { get; init; } = [];
}

/// <summary>A rule, or one branch of its `or`, ready for a network.</summary>
internal sealed record PreparedRule(RuleModel Model, IReadOnlyList<PreparedStep> Steps, Place[] Places, CompiledAction[] Actions, int SlotCount, decimal? Priority, FeelOperand? PriorityOfMatch);

/// <summary>Prepares rules: parses what they say, and finds out which part of it is answered by which node.</summary>
internal sealed class RuleCompiler(RuleSetModel model, ExpressionCache cache)
{
    private readonly Dictionary<string, RowShape> shapes = model.FactTypes.GroupBy(type => type.Name).ToDictionary(same => same.Key, same => same.First().Shape);
    private readonly List<RuleProblem> problems = [];
    private RuleModel rule = null!;

    public IReadOnlyList<RuleProblem> Problems => problems;

    /// <summary>The branches of a rule; none if it has a mistake, which is then among the problems.</summary>
    public List<PreparedRule> Prepare(RuleModel prepared)
    {
        rule = prepared;
        var before = problems.Count;
        if (rule.When.Count == 0)
            Report("empty_when", $"{rule.Name} has no condition.", rule.At);
        if (rule.Group is { } group && !model.Groups.Contains(group))
            Report("unknown_group", $"There is no group {group}{Suggestion.For(group, model.Groups)}", rule.At);
        var branches = Expand(rule.When).Select(PrepareBranch).ToList();
        return problems.Count > before ? [] : branches;
    }

    public Predicate Filter(RowShape shape, string where)
    {
        var failures = new List<FeelProblem>();
        var parts = new ConditionCompiler(new RuleScope(cache, [], 0, shape, null), (_, problem) => failures.Add(problem)).Conjuncts([where]).ToList();
        return failures.Count > 0
            ? throw new ArgumentException(failures[0].Message, nameof(where))
            : new AndPredicate([.. parts.Select(part => part.Test)]);
    }

    private static List<List<Condition>> Expand(IReadOnlyList<Condition> conditions)
    {
        List<List<Condition>> expanded = [[]];
        foreach (var condition in conditions)
        {
            expanded = condition is OrCondition or
                ? [.. expanded.SelectMany(so => or.Branches.SelectMany(branch => Expand(branch)).Select(branch => so.Concat(branch).ToList()))]
                : [.. expanded.Select(so => so.Append(condition).ToList())];
        }
        return expanded;
    }

    /// <summary>Moves what only tests before the matches that it does not speak of: a match that is out is not multiplied first.</summary>
    private static List<Condition> Order(List<Condition> conditions)
    {
        var ordered = new List<Condition>();
        foreach (var condition in conditions)
        {
            var at = ordered.Count;
            if (condition is ExistsCondition or AllCondition or TestCondition)
            {
                var text = Texts(condition);
                while (at > 1 && ordered[at - 1] is MatchCondition match && !RuleScope.Names(text, match.Variable)
                    && ordered.Take(at - 1).OfType<MatchCondition>().Any(earlier => RuleScope.Names(text, earlier.Variable)))
                    at--;
            }
            ordered.Insert(at, condition);
        }
        return ordered;
    }

    private static string Texts(Condition condition) => condition switch
    {
        ExistsCondition exists => string.Join(' ', exists.Pattern.Where),
        AllCondition all => string.Join(' ', all.Pattern.Where.Concat(all.Satisfy)),
        TestCondition test => test.Test.Text,
        _ => "",
    };

    private PreparedRule PrepareBranch(List<Condition> conditions)
    {
        var steps = new List<PreparedStep>();
        var places = new List<Place>();
        var read = new Dictionary<int, ulong>();
        foreach (var condition in Order(conditions))
            steps.Add(PrepareStep(condition, steps.Count, places, read));
        var scope = new RuleScope(cache, places, steps.Count, null, null) { Read = read };
        var (priority, priorityOfMatch) = Priority(scope);
        var actionScope = scope.Feel;
        var slotCount = places.Count;
        var actions = rule.Then.Select(action => PrepareAction(action, places, ref actionScope, ref slotCount)).OfType<CompiledAction>().ToArray();
        var firesAgain = rule.Repeat || rule.Then.Any(action => action is InsertAction { WhileTrue: true });
        if (firesAgain)
        {
            foreach (var place in places)
            {
                if (place.Type is RowType row)
                    scope.Touch(place.Depth, rule.Then.SelectMany(Values).Aggregate(0UL, (all, value) => all | (RuleScope.Names(value.Text, place.Name) ? RuleScope.Fields(value.Text, place.Name, row.Shape) : 0)));
            }
        }
        for (var i = 0; i < steps.Count; i++)
            steps[i].Downstream |= read.GetValueOrDefault(i + 1) | (firesAgain && steps[i].Condition is MatchCondition ? steps[i].AlphaMask : 0);
        return new PreparedRule(rule, steps, [.. places], actions, slotCount, priority, priorityOfMatch);
    }

    private (decimal?, FeelOperand?) Priority(RuleScope scope)
    {
        if (rule.Priority is not { } source)
            return (0, null);
        if (decimal.TryParse(source.Text, System.Globalization.CultureInfo.InvariantCulture, out var constant))
            return (constant, null);
        Check(source, scope.Parse(source.Text));
        return (null, scope.General(source.Text));
    }

    private PreparedStep PrepareStep(Condition condition, int depth, List<Place> places, Dictionary<int, ulong> read)
    {
        switch (condition)
        {
            case MatchCondition match:
                var matched = Sided(condition, "match", match.Pattern, [], match.Variable, depth, places, read, out _);
                Declare(places, match.Variable, new RowType(matched.Shape!), PlaceKind.Fact, depth + 1, condition.At);
                return matched;
            case ExistsCondition exists:
                return Sided(condition, exists.Negated ? "not" : "exists", exists.Pattern, [], null, depth, places, read, out _);
            case AllCondition all:
                return Sided(condition, "all", all.Pattern, all.Satisfy, null, depth, places, read, out _);
            case AggregateCondition aggregate:
                return Aggregate(aggregate, depth, places, read);
            case LetCondition let:
                var scope = new RuleScope(cache, [.. places], depth, null, null) { Read = read };
                var value = new ConditionCompiler(scope, ReportAt).Value(let.Value);
                Declare(places, let.Variable, TypeOf(scope, let.Value), PlaceKind.Value, depth + 1, condition.At);
                return new PreparedStep(condition, $"let {let.Value}|{scope.Key}") { Value = value };
            case TestCondition test:
                var testScope = new RuleScope(cache, [.. places], depth, null, null) { Read = read };
                var parts = new ConditionCompiler(testScope, ReportAt).Conjuncts([test.Test]).ToList();
                return new PreparedStep(condition, $"test {test.Test}|{testScope.Key}")
                {
                    Test = new AndPredicate([.. parts.Select(part => part.Test)]),
                    Tests = [.. parts.Select(part => (part.Text, part.Test, false))],
                };
            default:
                throw new ArgumentException($"{condition.GetType().Name} has no node.", nameof(condition));
        }
    }

    private PreparedStep Sided(
        Condition condition, string kind, FactPattern pattern, IReadOnlyList<FeelSource> satisfy, string? variable, int depth,
        List<Place> places, Dictionary<int, ulong> read, out RuleScope scope)
    {
        if (!shapes.TryGetValue(pattern.Type, out var shape))
        {
            Report("unknown_fact", $"There is no fact type {pattern.Type}{Suggestion.For(pattern.Type, shapes.Keys)}", condition.At);
            shape = new RowShape(pattern.Type, []);
            scope = new RuleScope(cache, [.. places], depth, shape, variable) { Read = read };
            return new PreparedStep(condition, "unknown") { Shape = shape };
        }
        scope = new RuleScope(cache, [.. places], depth, shape, variable) { Read = read };
        var compiler = new ConditionCompiler(scope, ReportAt);
        var parts = compiler.Conjuncts(pattern.Where).ToList();
        var alpha = parts.Where(part => !part.ReadsOthers).OrderBy(part => part.Rank).ThenBy(part => part.Text, StringComparer.Ordinal).ToList();
        var joined = parts.Where(part => part.ReadsOthers).ToList();
        var whole = joined.Select(part => part.Test).ToList();
        var key = Key(joined, out var index);
        var residual = joined.Where(part => key is null || part != key.Part).Select(part => part.Test).ToList();
        var must = compiler.Conjuncts(satisfy).ToList();
        if (satisfy.Count > 0)
        {
            var notAll = new NotAllPredicate([.. must.Select(part => part.Test)]);
            whole.Add(notAll);
            residual.Add(notAll);
        }
        var own = joined.Concat(must).Aggregate(0UL, (fields, part) => fields | part.Own);
        var texts = string.Join('&', joined.Select(part => part.Text)) + (must.Count > 0 ? $" satisfy {string.Join('&', must.Select(part => part.Text))}" : "");
        return new PreparedStep(condition, $"{kind} {texts}{(texts.Length > 0 ? $"|{scope.Key}" : "")}")
        {
            Shape = shape,
            AlphaText = string.Join('&', alpha.Select(part => part.Text)),
            AlphaTests = [.. alpha.Select(part => part.Test)],
            AlphaMask = alpha.Aggregate(0UL, (fields, part) => fields | part.Own),
            Index = index,
            Join = new JoinTest(key?.Left, key?.IsLeftMany ?? false, -1, key?.NullIsList ?? false, Both(residual), Both(whole)),
            Downstream = own,
            Tests = [.. alpha.Select(part => (part.Text, part.Test, true)), .. joined.Select(part => (part.Text, part.Test, false)), .. must.Select(part => (part.Text, part.Test, false))],
        };
    }

    private PreparedStep Aggregate(AggregateCondition aggregate, int depth, List<Place> places, Dictionary<int, ulong> read)
    {
        var step = Sided(aggregate, "aggregate", aggregate.Pattern, [], null, depth, places, read, out var scope);
        var compiler = new ConditionCompiler(scope, ReportAt);
        Operand? Compiled(FeelSource? source) => source is { } given ? compiler.Value(given) : null;
        var (of, group, order) = (Compiled(aggregate.Of), Compiled(aggregate.GroupBy), Compiled(aggregate.OrderBy));
        if (aggregate.Of is null && aggregate.Kind is not (AggregateKind.Collect or AggregateKind.Count))
            Report("missing_of", $"{aggregate.Kind} needs `of`: the value of each fact.", aggregate.At);
        var fields = new[] { aggregate.Of, aggregate.GroupBy, aggregate.OrderBy }.OfType<FeelSource>()
            .Aggregate(0UL, (all, source) => all | scope.Own!.Fields.Index().Where(known => RuleScope.Names(source.Text, known.Item.Name)).Aggregate(0UL, (bits, known) => bits | TypeNode.Bit(known.Index)));
        if (aggregate is { Kind: AggregateKind.Collect, Of: null })
            fields = ulong.MaxValue;
        if (aggregate.GroupBy is { } by && aggregate.GroupVariable is { } groupVariable)
            Declare(places, groupVariable, TypeOf(scope, by), PlaceKind.Key, depth + 1, aggregate.At);
        var type = aggregate.Kind switch
        {
            AggregateKind.Collect => new ListType(aggregate.Of is { } value ? TypeOf(scope, value) : new RowType(scope.Own!)),
            AggregateKind.Min or AggregateKind.Max => aggregate.Of is { } value ? TypeOf(scope, value) : FeelType.Any,
            _ => FeelType.Number,
        };
        Declare(places, aggregate.Variable, type, PlaceKind.Value, depth + 1, aggregate.At);
        var having = new ConditionCompiler(new RuleScope(cache, [.. places], depth + 1, null, null) { Read = read }, ReportAt).Conjuncts(aggregate.Having).ToList();
        return step with
        {
            Text = $"{step.Text} {aggregate.Kind} {aggregate.Of} {aggregate.GroupBy} {aggregate.OrderBy} {aggregate.Descending} {aggregate.Take} {string.Join('&', aggregate.Having)} {aggregate.Variable} {aggregate.GroupVariable}|{scope.Key}",
            Aggregate = new AggregateSpec(aggregate.Kind, of, group, order, aggregate.Descending, aggregate.Take, Both([.. having.Select(part => part.Test)])),
            Downstream = step.Downstream | fields,
            Tests = [.. step.Tests, .. having.Select(part => ($"having {part.Text}", part.Test, false))],
        };
    }

    private static Predicate? Both(List<Predicate> predicates) =>
        predicates.Count == 0 ? null : predicates.Count == 1 ? predicates[0] : new AndPredicate([.. predicates]);

    private sealed record JoinKey(Conjunct Part, Operand Left, bool IsLeftMany, bool NullIsList);

    /// <summary>The first part that a hash can answer: own field = something before, or membership in a list of either side.</summary>
    private static JoinKey? Key(List<Conjunct> joined, out AlphaIndex? index)
    {
        foreach (var part in joined)
        {
            switch (part.Test)
            {
                case ComparePredicate { Comparison: Comparison.Equal, First: OwnFieldOperand own, Second: BoundFieldOperand or ComputedOperand } equal:
                    index = new AlphaIndex($"={own.Field}", own, false, false);
                    return new JoinKey(part, equal.Second, false, false);
                case ContainsPredicate { List: OwnFieldOperand own, Value: BoundFieldOperand or ComputedOperand } contains:
                    index = new AlphaIndex($"in {own.Field} {contains.NullIsList}", own, true, contains.NullIsList);
                    return new JoinKey(part, contains.Value, false, contains.NullIsList);
                case ContainsPredicate { Value: OwnFieldOperand own, List: BoundFieldOperand or ComputedOperand } contains:
                    index = new AlphaIndex($"={own.Field}", own, false, false);
                    return new JoinKey(part, contains.List, true, contains.NullIsList);
            }
        }
        index = null;
        return null;
    }

    private CompiledAction? PrepareAction(RuleAction action, List<Place> places, ref FeelScope scope, ref int slotCount)
    {
        switch (action)
        {
            case InsertAction insert:
                if (!shapes.TryGetValue(insert.Type, out var shape))
                {
                    Report("unknown_fact", $"There is no fact type {insert.Type}{Suggestion.For(insert.Type, shapes.Keys)}", action.At);
                    return null;
                }
                return new CompiledInsert(shape, Set(shape, insert.Values, scope), insert.WhileTrue);
            case UpdateAction update:
                var updated = FactOf(update.Variable, places, action.At);
                return updated < 0 ? null : new CompiledUpdate(updated, ((RowType)places[updated].Type).Shape, Set(((RowType)places[updated].Type).Shape, update.Values, scope));
            case RetractAction retract:
                var retracted = FactOf(retract.Variable, places, action.At);
                return retracted < 0 ? null : new CompiledRetract(retracted);
            case EmitAction emit:
                var emitted = ShapeOf("emitted", emit.Values);
                return new CompiledEmit(emitted, Set(emitted, emit.Values, scope));
            case DecideAction decide:
                var input = ShapeOf("input", decide.Input);
                var asked = new CompiledDecide(decide.Key, input, Set(input, decide.Input, scope), slotCount);
                scope = scope.With(decide.Variable, FeelType.Any);
                slotCount++;
                return asked;
            case StopAction:
                return new CompiledStop();
            case CodeAction code:
                return new CompiledCode(code.Body);
            default:
                throw new ArgumentException($"{action.GetType().Name} cannot be run.", nameof(action));
        }
    }

    private RowShape ShapeOf(string name, IReadOnlyList<KeyValuePair<string, FeelSource>> values) =>
        new(name, [.. values.DistinctBy(value => value.Key).Select(value => new RowField(value.Key, FeelType.Any))]);

    private (int, FeelExpression)[] Set(RowShape shape, IReadOnlyList<KeyValuePair<string, FeelSource>> values, FeelScope scope)
    {
        var set = new List<(int, FeelExpression)>();
        var key = string.Join('|', scope.Variables.Select(variable => $"{variable.Name}:{variable.Type.GetHashCode()}"));
        foreach (var (name, source) in values)
        {
            var field = shape.IndexOf(name);
            if (field < 0)
                Report("unknown_field", $"{shape.Name} has no field {name}{Suggestion.For(name, shape.Fields.Select(known => known.Name))}", source.At);
            var expression = cache.Parse(key, scope, source.Text);
            Check(source, expression);
            set.Add((field, expression));
        }
        return [.. set];
    }

    private int FactOf(string variable, List<Place> places, Mark at)
    {
        var found = places.FindIndex(place => place.Name == variable && place.Kind == PlaceKind.Fact);
        if (found < 0)
            Report("unknown_variable", $"{rule.Name} has no fact {variable}{Suggestion.For(variable, places.Where(place => place.Kind == PlaceKind.Fact).Select(place => place.Name))}", at);
        return found;
    }

    private void Declare(List<Place> places, string name, FeelType type, PlaceKind kind, int depth, Mark at)
    {
        if (places.Exists(place => place.Name == name))
            Report("duplicate_variable", $"{rule.Name} has two variables named {name}.", at);
        places.Add(new Place(name, type, kind, depth));
    }

    private static FeelType TypeOf(RuleScope scope, FeelSource source)
    {
        var expression = scope.Parse(source.Text);
        return expression.Problems.Count == 0 ? expression.Type : FeelType.Any;
    }

    private void Check(FeelSource source, FeelExpression expression)
    {
        foreach (var problem in expression.Problems)
            ReportAt(source, problem);
    }

    private void ReportAt(FeelSource source, FeelProblem problem) => Report(
        problem.Code, $"{problem.Message} In: {source.Text}",
        source.At.Line == 0 ? default : new Mark(source.At.Line + problem.Line - 1, problem.Line == 1 ? source.At.Column + problem.Column - 1 : problem.Column));

    private void Report(string code, string message, Mark at) => problems.Add(new RuleProblem(code, message, at, rule.Name));

    internal static IEnumerable<FeelSource> Values(RuleAction action) => action switch
    {
        InsertAction insert => insert.Values.Select(value => value.Value),
        UpdateAction update => update.Values.Select(value => value.Value),
        EmitAction emit => emit.Values.Select(value => value.Value),
        DecideAction decide => decide.Input.Select(value => value.Value),
        _ => [],
    };
}
