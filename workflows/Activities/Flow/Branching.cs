using System.Text.Json.Nodes;

using Switchboard.Workflows.Activities.Branching;
using Switchboard.Workflows.Definitions;
using Switchboard.Workflows.Execution;
using Switchboard.Workflows.Expressions;

namespace Switchboard.Workflows.Activities.Flow;

/// <summary>Completes with True or False.</summary>
[Activity("Elsa.FlowDecision", Category = "Branching", DisplayName = "Decision", Description = "Follows the outcome True or False, by a condition.", Outcomes = ["True", "False"])]
public sealed class FlowDecision : Activity
{
    private readonly Input<bool> _condition = new("Condition") { Hint = "singleline", Description = "What decides." };

    /// <inheritdoc/>
    public override async ValueTask ExecuteAsync(ActivityContext context) => context.Complete(await context.InputAsync(_condition) ? "True" : "False");
}

/// <summary>Completes with the labels of the cases whose conditions hold.</summary>
[Activity("Elsa.FlowSwitch", Category = "Branching", DisplayName = "Switch (flow)", Description = "Follows the outcomes whose conditions hold, else Default.", Outcomes = ["Default"])]
public sealed class FlowSwitch : Activity
{
    // Drawn by the designer; the conditions are read once a definition.
    private readonly Input<JsonNode> _cases = new("Cases") { IsWrapped = false, AutoEvaluate = false, Hint = "flow-switch-editor", Description = "The cases with their conditions." };

    private readonly Input<SwitchMode> _mode = new("Mode") { Hint = "dropdown", Description = "Whether the first match or every match is followed." };

    /// <inheritdoc/>
    public override object? Read(ActivityReader reader) =>
        reader.Json.List(_cases.JsonName)
            .Select(json => new Case(json.Text("label") ?? "", reader.Expression(json.Member("condition"))))
            .ToArray();

    /// <inheritdoc/>
    public override async ValueTask ExecuteAsync(ActivityContext context)
    {
        var mode = await context.InputAsync(_mode);
        var outcomes = new List<string>();
        foreach (var choice in (Case[])context.Node.Structure!)
        {
            if (!await context.EvaluateAsync<bool>(choice.Condition))
                continue;
            outcomes.Add(choice.Label);
            if (mode == SwitchMode.MatchFirst)
                break;
        }
        if (outcomes.Count == 0)
            outcomes.Add("Default");
        context.Complete(outcomes);
    }

    private sealed record Case(string Label, Expression? Condition);
}

/// <summary>Completes with all its branches.</summary>
[Activity("Elsa.FlowFork", Category = "Branching", DisplayName = "Fork (flow)", Description = "Follows all its branches.")]
public sealed class FlowFork : Activity
{
    private readonly Input<string[]> _branches = new("Branches") { Hint = "dynamic-outcomes", Description = "The names of the branches." };

    /// <inheritdoc/>
    public override async ValueTask ExecuteAsync(ActivityContext context) => context.Complete(await context.InputAsync(_branches) ?? []);
}
