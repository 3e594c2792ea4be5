using System.Text.Json;
using System.Text.Json.Nodes;

using Switchboard.Rules.Feel;

namespace Switchboard.Runtime.Artefacts.Kinds;

/// <summary>
/// The FEEL in a form. A component is hidden if its condition is exactly true: form-js itself takes the condition for a unary
/// test, by which one that is null hides too, so a condition that can be null is a warning.
/// </summary>
internal static class FormConditions
{
    /// <summary>Members of a component that may be FEEL when they begin with an equals sign.</summary>
    private static readonly string[] Members = ["expression", "readonly", "valuesExpression", "source", "min", "max", "minLength", "maxLength"];

    public static IEnumerable<ArtefactProblem> Check(FormContent form, TimeProvider time)
    {
        var scope = ScopeOf(form);
        foreach (var component in form.Components)
        {
            foreach (var (member, written) in Expressions(component))
            {
                var expression = FeelExpression.Parse(written, scope);
                foreach (var problem in expression.Problems)
                {
                    yield return new ArtefactProblem(
                        problem.IsError ? "error" : "warning", problem.Code, $"{member}: {problem.Message}", component.Line, Property: member, Element: component.Id);
                }
                // With nothing filled in yet, as it is when the form opens.
                if (member == "conditional.hide" && !expression.Problems.Any(problem => problem.IsError) && expression.Evaluate(new FeelValue[scope.Variables.Count], new FeelRun(time)).IsNull)
                {
                    yield return new ArtefactProblem(
                        "warning", "condition_may_be_null", $"{written} is null while nothing is filled in; write if … then true else false.", component.Line, Property: member, Element: component.Id);
                }
            }
        }
    }

    /// <summary>The keys of the components that are hidden by these data, those within a hidden one included.</summary>
    public static HashSet<string> Hidden(FormContent form, JsonObject data, TimeProvider time)
    {
        var scope = ScopeOf(form);
        var values = scope.Variables.Select(variable => data[variable.Name] is { } value ? FeelJson.Read(JsonSerializer.SerializeToElement(value), FeelType.Any) : default).ToArray();
        var hidden = new HashSet<FormComponent>();
        foreach (var component in form.Components) // in the order of the form: what is around comes first
        {
            if ((component.Parent is { } parent && hidden.Contains(parent))
                || (Condition(component) is { } condition && FeelExpression.Parse(condition, scope).IsTrue(values, new FeelRun(time))))
            {
                hidden.Add(component);
            }
        }
        return [.. hidden.Select(component => component.Path).Where(path => path.Length > 0)];
    }

    /// <summary>The names at the top of the data; what is in groups and lists is read by its path.</summary>
    private static FeelScope ScopeOf(FormContent form) => FeelScope.Empty.With(
        form.Components.Select(component => component.Path.Split('.')[0]).Concat(["this", "parent", "i"]).Where(name => name.Length > 0).Distinct().Select(name => (name, FeelType.Any)));

    private static IEnumerable<(string Member, string Text)> Expressions(FormComponent component)
    {
        if (Condition(component) is { } condition)
            yield return ("conditional.hide", condition);
        foreach (var member in Members)
        {
            if ((Feel(component.Json[member]) ?? Feel((component.Json["validate"] as JsonObject)?[member])) is { } written)
                yield return (member, written);
        }
    }

    private static string? Condition(FormComponent component) => Feel((component.Json["conditional"] as JsonObject)?["hide"]);

    private static string? Feel(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) && text.StartsWith('=') ? text[1..] : null;
}
