using System.Text.Json.Nodes;

using Switchboard.Workflows.Definitions;
using Switchboard.Workflows.Execution;

namespace Switchboard.Workflows.Activities.Primitives;

/// <summary>Sets a variable in scope.</summary>
[Activity("Elsa.SetVariable", Category = "Primitives", DisplayName = "Set Variable", Description = "Sets a variable.")]
public sealed class SetVariable : Activity
{
    private readonly Input<VariableReference> _variable = new("Variable") { IsWrapped = false, IsRequired = true, TypeName = "Variable", Hint = "variable-picker", Description = "Which variable." };

    private readonly Input<JsonNode> _value = new("Value") { Description = "Its new value; converted to the variable's type." };

    /// <inheritdoc/>
    public override async ValueTask ExecuteAsync(ActivityContext context)
    {
        var variable = await context.InputAsync(_variable);
        if (variable is null || !context.TryAssignVariable(variable.Id, variable.Name, await context.InputAsync(_value)))
            throw new ActivityException("variable_not_in_scope", $"Activity {context.Node.Name ?? context.Node.Id} sets variable {variable?.Name ?? variable?.Id ?? "(none)"}, which is not in scope there.");
    }
}
