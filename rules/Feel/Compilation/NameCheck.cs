namespace Switchboard.Rules.Feel.Compilation;

/// <summary>Finds the names in an expression that nothing stands behind, and says what was probably meant.</summary>
internal sealed class NameCheck
{
    private readonly string text;
    private readonly FeelScope scope;
    private readonly HashSet<string> locals = new(StringComparer.Ordinal);
    private readonly List<FeelProblem> problems = [];

    private NameCheck(string text, FeelScope scope) => (this.text, this.scope) = (text, scope);

    public static IReadOnlyList<FeelProblem> Of(string text, FeelSyntax syntax, FeelScope scope)
    {
        var check = new NameCheck(text, scope);
        check.Visit(syntax, insideFilter: false);
        return check.problems;
    }

    private void Visit(FeelSyntax syntax, bool insideFilter)
    {
        switch (syntax)
        {
            // Inside a filter a name may be an entry of elements that nothing is known of.
            case NameSyntax name when !insideFilter && !locals.Contains(name.Name) && scope.Find(name.Name) is null && BuiltIns.Find(name.Name) is null:
                Unknown(name);
                break;
            case FilterSyntax filter:
                Visit(filter.Source, insideFilter);
                Visit(filter.Condition, insideFilter: true);
                break;
            case ContextSyntax context:
                Scoped(context.Entries.Select(entry => entry.Key), () =>
                {
                    foreach (var entry in context.Entries)
                        Visit(entry.Value, insideFilter);
                });
                break;
            case ForSyntax loop:
                Scoped([.. loop.Iterators.Select(iterator => iterator.Name), "partial"], () => VisitAll(loop, insideFilter));
                break;
            case QuantifiedSyntax quantified:
                Scoped(quantified.Iterators.Select(iterator => iterator.Name), () => VisitAll(quantified, insideFilter));
                break;
            case FunctionSyntax function:
                Scoped(function.Parameters.Select(parameter => parameter.Name), () => VisitAll(function, insideFilter));
                break;
            default:
                VisitAll(syntax, insideFilter);
                break;
        }
    }

    private void VisitAll(FeelSyntax syntax, bool insideFilter)
    {
        foreach (var part in SyntaxParts.Of(syntax))
            Visit(part, insideFilter);
    }

    private void Scoped(IEnumerable<string> names, Action visit)
    {
        var added = names.Where(locals.Add).ToList();
        visit();
        locals.ExceptWith(added);
    }

    private void Unknown(NameSyntax name)
    {
        var known = scope.Variables.Select(variable => variable.Name).Concat(locals).Concat(BuiltIns.Names);
        var meant = Nearest.To(name.Name, known) is { } near ? $" Is {near} meant?" : "";
        problems.Add(TextPosition.Problem(text, "unknown_name", $"There is nothing named {name.Name}.{meant}", name.Span, isError: false));
    }
}
