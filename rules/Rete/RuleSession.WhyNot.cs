namespace Switchboard.Rules.Rete;

/// <summary>Why a rule has no match: the first condition that nothing gets past.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Condition">The condition in words; null where the rule has a match.</param>
/// <param name="Test">Which part of the condition let nothing through; null where there is no fact at all, or not one part alone is to blame.</param>
/// <param name="Message">In a sentence, with numbers.</param>
/// <param name="At">Where the condition stands.</param>
public sealed record WhyNot(string Rule, string? Condition, string? Test, string Message, Mark At);

public sealed partial class RuleSession
{
    /// <summary>Why a rule has not fired, with the facts of now. Of a rule with `or`: of the branch that came furthest.</summary>
    /// <exception cref="ArgumentException">There is no such rule, or it has mistakes.</exception>
    public WhyNot WhyNot(string rule)
    {
        Flush();
        var branches = network.Productions.Where(known => known.Model.Name == rule).ToList();
        if (branches.Count == 0)
            throw new ArgumentException($"{Set.Model.Name} has no rule {rule}{Suggestion.For(rule, network.Productions.Select(known => known.Model.Name))}", nameof(rule));
        return branches.Select(Explain).MaxBy(found => found.Reached).Why;
    }

    private (int Reached, WhyNot Why) Explain(CompiledRule rule)
    {
        List<Token?> tokens = [null];
        for (var i = 0; i < rule.Steps.Count; i++)
        {
            var step = rule.Steps[i];
            var next = Past(step, tokens);
            if (next.Count == 0)
                return (i, Blame(rule, step, tokens));
            tokens = next;
        }
        var message = rule.IsActive(Run) ? $"{rule.Model.Name} has {tokens.Count} matches." : $"{rule.Model.Name} has {tokens.Count} matches, but does not apply now.";
        return (rule.Steps.Count, new WhyNot(rule.Model.Name, null, null, message, rule.Model.At));
    }

    /// <summary>The tokens that the network holds behind a node, under these.</summary>
    private List<Token?> Past(RuleStep step, List<Token?> tokens)
    {
        if (step.Node.Source is null && step.Node is JoinNode join)
            return [.. Facts(join.Alpha.Type.Shape.Name).Where(fact => step.Tests.All(test => test.Test.Holds(null, fact.Row, this))).Select(fact => new Token { Fact = fact, Owner = join })];
        return [.. tokens.SelectMany(token => Behind(step, token))];
    }

    private IEnumerable<Token?> Behind(RuleStep step, Token? token)
    {
        switch (step.Node)
        {
            case JoinNode join:
                return Facts(join.Alpha.Type.Shape.Name).Where(fact => step.Tests.All(test => test.Test.Holds(token, fact.Row, this)))
                    .Select(fact => new Token { Parent = token, Fact = fact, Owner = join });
            case ExistsNode exists:
                var any = Facts(exists.Alpha.Type.Shape.Name).Any(fact => exists.Alpha.Tests.All(test => test.Holds(null, fact.Row, this)) && (exists.Test.Whole?.Holds(token, fact.Row, this) ?? true));
                return any == exists.Negated ? [] : [new Token { Parent = token, Owner = exists }];
            case AggregateNode aggregate:
                return aggregate.Values(this, token).Select(computed => new Token { Parent = token, Computed = computed, Owner = aggregate });
            case LetNode let:
                return [new Token { Parent = token, Computed = let.Compute(this, token), Owner = let }];
            default:
                return step.Tests.All(test => test.Test.Holds(token, null, this)) ? [new Token { Parent = token, Owner = step.Node }] : [];
        }
    }

    private WhyNot Blame(CompiledRule rule, RuleStep step, List<Token?> tokens)
    {
        var text = RuleText.Of(step.Condition);
        WhyNot Because(string? test, string message) => new(rule.Model.Name, text, test, message, step.Condition.At);
        if (step.Node is not SidedNode sided)
            return Because(text, $"None of {tokens.Count} partial matches satisfies {text}.");
        var candidates = Facts(sided.Alpha.Type.Shape.Name);
        var type = sided.Alpha.Type.Shape.Name;
        if (step.Condition is ExistsCondition { Negated: true } or AllCondition)
            return Because(null, $"All of {tokens.Count} partial matches find a {type} that must not be there: {text}.");
        if (candidates.Count == 0)
            return Because(null, $"There is no {type}.");
        if (step.Node is AggregateNode)
            return Because(null, $"No group of {candidates.Count} {type} satisfies {text}.");
        var left = tokens.SelectMany(token => candidates.Select(fact => (Token: token, fact.Row))).ToList();
        foreach (var (name, test, isOwn) in step.Tests)
        {
            var before = left.Count;
            left = [.. left.Where(pair => test.Holds(pair.Token, pair.Row, this))];
            if (left.Count == 0)
                return Because(name, isOwn ? $"{name} holds for none of {before / Math.Max(1, tokens.Count)} {type}." : $"{name} holds for none of {before} combinations with a {type}.");
        }
        return Because(null, $"No {type} satisfies {text}.");
    }
}
