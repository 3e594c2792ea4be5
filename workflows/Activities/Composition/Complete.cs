using System.Text.Json.Nodes;

using Switchboard.Workflows.Execution;
using Switchboard.Workflows.Expressions;

namespace Switchboard.Workflows.Activities.Composition;

/// <summary>Completes the workflow that it is in: the nested one if it is used as an activity, else the instance.</summary>
[Activity("Elsa.Complete", Category = "Composition", Description = "Completes the workflow with outcomes.", IsTerminal = true)]
public sealed class Complete : Activity
{
    private readonly Input<JsonNode> _outcomes = new("Outcomes") { Hint = "outcome-picker", DefaultSyntax = "Object", Description = "The outcomes; Done if there are none." };

    /// <inheritdoc/>
    public override async ValueTask ExecuteAsync(ActivityContext context)
    {
        var outcomes = Conversion.Items(await context.InputAsync(_outcomes)).Select(Conversion.Text).Where(outcome => outcome.Length > 0).ToArray();
        context.Complete();
        context.Signal(new Signal.CompleteComposite(outcomes));
    }
}

/// <summary>Sets an output of the workflow.</summary>
[Activity("Elsa.SetOutput", Category = "Composition", DisplayName = "Set Output", Description = "Sets an output of the workflow.")]
public sealed class SetOutput : Activity
{
    private readonly Input<string> _name = new("OutputName") { DisplayName = "Output", IsRequired = true, Hint = "output-picker", Description = "Which output." };

    private readonly Input<JsonNode> _value = new("OutputValue") { DisplayName = "Value", Description = "Its value; converted to the output's type." };

    /// <inheritdoc/>
    public override async ValueTask ExecuteAsync(ActivityContext context) =>
        context.SetWorkflowOutput(await context.InputAsync(_name) ?? "", await context.InputAsync(_value));
}
