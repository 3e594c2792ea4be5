using System.Text.Json.Nodes;

using Switchboard.Workflows.Definitions;
using Switchboard.Workflows.Execution;
using Switchboard.Workflows.Expressions;

namespace Switchboard.Workflows.Activities.Scripting;

/// <summary>Runs a script; unlike an expression it may choose the outcome.</summary>
[Activity("Elsa.RunJavaScript", Category = "Scripting", DisplayName = "Run JavaScript", Description = "Runs a script, which may choose the outcome.")]
public sealed class RunJavaScript : Activity
{
    private readonly Input<string> _script = new("Script")
    {
        Default = "",
        Hint = "code-editor",
        DefaultSyntax = "JavaScript",
        UiSpecifications = """{"code-editor":{"language":"javascript"}}""",
        Description = "The script. setOutcome(name) chooses the outcome.",
    };

    private readonly Input<string[]> _possibleOutcomes = new("PossibleOutcomes") { DisplayName = "Possible Outcomes", Hint = "dynamic-outcomes", DefaultSyntax = "Object", Description = "The outcomes that the script may choose." };

    private readonly Output<JsonNode> _result = new("Result") { Description = "The value of the script." };

    /// <inheritdoc/>
    public override object? Read(ActivityReader reader)
    {
        // The text itself is the script; an expression of type JavaScript would compute the script.
        var expression = reader.Node.ExpressionOf(_script);
        return expression is LiteralExpression literal && literal.Value.ValueKind == System.Text.Json.JsonValueKind.String ? reader.Script(literal.Value.GetString()!) : null;
    }

    /// <inheritdoc/>
    public override async ValueTask ExecuteAsync(ActivityContext context)
    {
        var script = context.Node.Structure as ScriptExpression ?? new ScriptExpression(await context.InputAsync(_script) ?? "");
        var result = await script.RunAsync(context);
        context.SetOutput(_result, result.Value);
        context.Complete(result.Outcomes ?? []);
    }
}
