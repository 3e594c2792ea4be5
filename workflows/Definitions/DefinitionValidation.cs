using System.Text.RegularExpressions;

using Switchboard.Workflows.Activities.Composition;
using Switchboard.Workflows.Expressions;

namespace Switchboard.Workflows.Definitions;

/// <summary>What must hold before a definition is published. Every problem names the activity.</summary>
public static partial class DefinitionValidation
{
    /// <summary>Checks a compiled definition.</summary>
    /// <param name="cronProblem">Says what is wrong with a cron expression, null if nothing; the library has no parser of its own.</param>
    /// <param name="definitionExists">Whether a definition that is used as an activity exists, by logical id; null to let that pass.</param>
    /// <param name="feelProblem">Says what is wrong with a FEEL expression that may use some names, null if nothing; null to let that pass too.</param>
    public static IReadOnlyList<DefinitionProblem> Check(
        WorkflowGraph graph, Func<string, string?> cronProblem, Func<string, bool>? definitionExists = null, Func<string, IEnumerable<string>, string?>? feelProblem = null)
    {
        var problems = new List<DefinitionProblem>(graph.Problems);
        foreach (var variable in graph.Definition.Variables.Where(variable => variable.HasInvalidDefault))
            problems.Add(new DefinitionProblem("", "", "variables", "invalid_default", $"The default value of variable {variable.Name} is no {variable.TypeName}."));
        foreach (var node in graph.Nodes.OrderBy(node => node.NodeId, StringComparer.Ordinal))
            new NodeCheck(node, feelProblem, problems).Run(cronProblem, definitionExists);
        return problems;
    }

    /// <summary>All JavaScript of a definition with where it stands: only what runs it can say whether it is any.</summary>
    public static IEnumerable<(ActivityNode Node, string? Property, string Source)> Scripts(WorkflowGraph graph)
    {
        foreach (var node in graph.Nodes.OrderBy(node => node.NodeId, StringComparer.Ordinal))
        {
            foreach (var binding in node.Inputs)
            {
                foreach (var source in ScriptsIn(binding.Expression))
                    yield return (node, binding.Input.JsonName, source);
            }
            foreach (var source in node.StructureExpressions.SelectMany(ScriptsIn))
                yield return (node, null, source);
            if (node.Structure is ScriptExpression script)
                yield return (node, "script", script.Source);
        }
    }

    private static IEnumerable<string> ScriptsIn(Expression? expression) => expression switch
    {
        ScriptExpression script => [script.Source],
        ObjectExpression members => members.Members.Values.SelectMany(ScriptsIn),
        _ => [],
    };

    [GeneratedRegex(@"(?<![\w$.])getSecret\s*\(")]
    private static partial Regex GetSecret();

    private sealed class NodeCheck(ActivityNode node, Func<string, IEnumerable<string>, string?>? feelProblem, List<DefinitionProblem> problems)
    {
        public void Run(Func<string, string?> cronProblem, Func<string, bool>? definitionExists)
        {
            if (node.Activity is NotFoundActivity)
            {
                Report(null, "unknown_activity_type", $"Activity type {(node.Type.Length == 0 ? "(none)" : node.Type)} is not known here.");
                return;
            }
            if (node.Structure is NestedWorkflow nested && definitionExists?.Invoke(nested.DefinitionId) == false)
                Report("workflowDefinitionId", "unknown_workflow", $"Workflow {nested.DefinitionId}, used here as an activity, does not exist.");
            foreach (var binding in node.Inputs)
            {
                Check(binding);
                if (binding.Input.JsonName == "cronExpression" && binding is { IsConstant: true, Constant: string { Length: > 0 } cron } && cronProblem(cron) is { } problem)
                    Report("cronExpression", "invalid_cron", $"Error when parsing cron expression: {problem}");
            }
            foreach (var expression in node.StructureExpressions)
                Check(expression, null);
            if (node.Structure is ScriptExpression script)
                Check(script, "script");
            foreach (var variable in node.Parent is null ? [] : node.Variables.Where(variable => variable.HasInvalidDefault))
                Report("variables", "invalid_default", $"The default value of variable {variable.Name} is no {variable.TypeName}.");
        }

        private void Check(InputBinding binding)
        {
            var input = binding.Input;
            if (input.IsRequired && (binding.Expression is null || binding is { IsConstant: true, Constant: null or "" }))
                Report(input.JsonName, "required", $"{input.DisplayName ?? input.Name} is required.");
            // A constant that does not convert was reported when it was read.
            if (binding.Expression is not null and not UnsupportedExpression { Code: "conversion_failed" })
                Check(binding.Expression, input.JsonName, input.TakesSecrets);
            if (!binding.IsConstant || binding.Constant is not VariableReference variable)
                return;
            if (!IsInScope(variable.Id, variable.Name))
                Report(input.JsonName, "unknown_variable", $"Variable {variable.Name ?? variable.Id} is not in scope here.");
        }

        private void Check(Expression expression, string? property, bool takesSecrets = false)
        {
            switch (expression)
            {
                case UnsupportedExpression unsupported:
                    Report(property, unsupported.Code, unsupported.Problem);
                    break;
                case VariableExpression variable when !IsInScope(variable.Id, variable.Name):
                    Report(property, "unknown_variable", $"Variable {variable.Name ?? variable.Id} is not in scope here.");
                    break;
                case FeelExpression feel when feelProblem?.Invoke(feel.Source, NamesInScope()) is { } problem:
                    Report(property, "invalid_feel", problem);
                    break;
                case ScriptExpression script when GetSecret().IsMatch(script.Source):
                    Report(property, "secret_in_script", "getSecret is not there for JavaScript: the value would come into the journal and the state. Use the expression Secret in the Authorization or in a header of an HTTP request.");
                    break;
                case ObjectExpression members:
                    foreach (var member in members.Members.Values)
                        Check(member, property, takesSecrets);
                    break;
                case SecretExpression { Name: "" }:
                    Report(property, "unknown_secret", "The secret has no name.");
                    break;
                case SecretExpression when !takesSecrets:
                    Report(property, "secret_not_here", "A secret can be used in the Authorization and in the headers of an HTTP request only: everywhere else its value could be read.");
                    break;
            }
        }

        private IEnumerable<string> NamesInScope()
        {
            var names = new List<string>();
            for (var scope = node; scope is not null; scope = scope.Parent)
            {
                names.AddRange(scope.Variables.Select(variable => variable.Name));
                if (scope.Type is "Elsa.For" or "Elsa.ForEach" or "Elsa.ParallelForEach")
                    names.AddRange(["CurrentValue", "CurrentIndex"]);
            }
            return names.Concat(node.Graph.Definition.Inputs.Select(input => input.Name)).Distinct();
        }

        /// <summary>Whether this activity or one around it declares the variable.</summary>
        private bool IsInScope(string? id, string? name)
        {
            for (var scope = node; scope is not null; scope = scope.Parent)
            {
                if (scope.Variables.Any(variable => variable.Id == id || (variable.Name == name && name is not null)))
                    return true;
                // The loops give their bodies these without declaring them.
                if (scope.Type is "Elsa.For" or "Elsa.ForEach" or "Elsa.ParallelForEach" && (name ?? id) is "CurrentValue" or "CurrentIndex")
                    return true;
            }
            return node.Graph.Definition.Inputs.Any(input => input.Name == (name ?? id));
        }

        private void Report(string? property, string code, string message) =>
            problems.Add(new DefinitionProblem(node.NodeId, node.Id, property, code, message) { ActivityName = node.Name, ActivityType = node.Type });
    }
}
