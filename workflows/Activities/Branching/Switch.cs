using System.Text.Json.Nodes;

using Switchboard.Workflows.Definitions;
using Switchboard.Workflows.Execution;
using Switchboard.Workflows.Expressions;

namespace Switchboard.Workflows.Activities.Branching;

/// <summary>How many cases of a switch may match.</summary>
public enum SwitchMode
{
    /// <summary>The first whose condition holds.</summary>
    MatchFirst,

    /// <summary>All whose conditions hold.</summary>
    MatchAny,
}

/// <summary>Runs the branch or branches whose conditions hold, else the default branch.</summary>
[Activity("Elsa.Switch", Category = "Branching", Description = "Runs the branches whose conditions hold, else the default branch.")]
public sealed class Switch : Activity
{
    // Drawn by the designer; the cases themselves, with their branches, are read once a definition.
    private readonly Input<JsonNode> _cases = new("Cases") { IsWrapped = false, AutoEvaluate = false, Hint = "switch-editor", Description = "The cases with their conditions." };

    private readonly Input<SwitchMode> _mode = new("Mode") { Hint = "dropdown", Description = "Whether the first match or every match runs." };

    private readonly Output<JsonNode> _output = new("Output") { Description = "Not set by the switch itself." };

    private readonly Port _default = new("Default");

    /// <inheritdoc/>
    public override object? Read(ActivityReader reader) =>
        reader.Json.Member(_cases.JsonName).Elements()
            .Select(json => new Case(reader.Expression(json.Member("condition")), reader.Child(json.Member("activity"), json.Text("label") ?? "")))
            .ToArray();

    /// <inheritdoc/>
    public override async ValueTask ExecuteAsync(ActivityContext context)
    {
        var mode = await context.InputAsync(_mode);
        var matched = false;
        foreach (var choice in (Case[])context.Node.Structure!)
        {
            if (!await context.EvaluateAsync<bool>(choice.Condition))
                continue;
            matched = true;
            if (choice.Branch is not null)
                context.Schedule(choice.Branch);
            if (mode == SwitchMode.MatchFirst)
                break;
        }
        if (!matched)
            context.Schedule(context.Node.Child(_default));
    }

    /// <inheritdoc/>
    public override ValueTask ChildCompletedAsync(ActivityContext context, ActivityContext child)
    {
        if (context.Children.Count == 0)
            context.Complete();
        return default;
    }

    private sealed record Case(Expression? Condition, ActivityNode? Branch);
}
