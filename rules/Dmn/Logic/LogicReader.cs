using Switchboard.Rules.Dmn.Tables;
using Switchboard.Rules.Dmn.Types;
using Switchboard.Rules.Feel;

namespace Switchboard.Rules.Dmn.Logic;

/// <summary>Reads the logic of one decision or function from its elements and counts the slots that it needs.</summary>
internal sealed class LogicReader(ItemTypes types, ProblemList problems, string owner)
{
    private static readonly HashSet<string> Known = new(StringComparer.Ordinal)
    {
        "literalExpression", "decisionTable", "context", "invocation", "functionDefinition", "list", "relation", "conditional", "filter", "for", "some", "every",
    };

    private int frameSize;

    /// <summary>The tables that were read, in the order of the document.</summary>
    public List<DecisionTable> Tables { get; } = [];

    /// <summary>The logic of an element that holds one expression.</summary>
    public LogicUnit ReadUnit(DmnElement? holder, FeelScope scope)
    {
        Reserve(scope, 1);
        var logic = ReadIn(holder, scope);
        return new LogicUnit(logic, frameSize);
    }

    private void Reserve(FeelScope scope, int more) => frameSize = Math.Max(frameSize, scope.Variables.Count + more);

    private BoxedLogic ReadIn(DmnElement? holder, FeelScope scope)
    {
        var element = holder?.Children.FirstOrDefault(child => Known.Contains(child.Name));
        return element is null ? new NoLogic(null) : Read(element, scope);
    }

    private BoxedLogic Read(DmnElement element, FeelScope scope)
    {
        Reserve(scope, 1);
        var logic = element.Name switch
        {
            "literalExpression" => ReadLiteral(element, scope),
            "decisionTable" => ReadTable(element, scope),
            "context" => ReadContext(element, scope),
            "invocation" => ReadInvocation(element, scope),
            "functionDefinition" => ReadFunction(element, scope),
            "list" => new ListLogic([.. element.Children.Where(child => Known.Contains(child.Name)).Select(child => Read(child, scope))]),
            "relation" => ReadRelation(element, scope),
            "conditional" => new ConditionalLogic(ReadIn(element.Child("if"), scope), ReadIn(element.Child("then"), scope), ReadIn(element.Child("else"), scope)),
            "for" => ReadFor(element, scope),
            "some" => ReadQuantified(element, scope, decides: true),
            "every" => ReadQuantified(element, scope, decides: false),
            _ => ReadFilter(element, scope),
        };

        // A table's type may be that of one row's output or of the list of all; its variable says which is meant.
        if (element.Name is "decisionTable" or "functionDefinition")
            return logic;
        return Typed(logic, types.Of(element), $"The value of {owner}");
    }

    private static BoxedLogic Typed(BoxedLogic logic, ItemType type, string what) =>
        ReferenceEquals(type, ItemType.Any) ? logic : new TypedLogic(logic, type, what);

    private BoxedLogic ReadLiteral(DmnElement element, FeelScope scope)
    {
        var text = element.Child("text");
        if (text is null || string.IsNullOrWhiteSpace(text.Text))
            return new NoLogic(null);
        return Parsed(text, scope);
    }

    private LiteralLogic Parsed(DmnElement text, FeelScope scope)
    {
        var expression = FeelExpression.Parse(text.Text, scope);
        FeelProblems.Report(expression, text, problems, owner);
        return new LiteralLogic(expression);
    }

    private TableLogic ReadTable(DmnElement element, FeelScope scope)
    {
        var table = new TableReader(types, problems, owner).Read(element, scope);
        Tables.Add(table);
        return new TableLogic(table);
    }

    private BoxedLogic ReadContext(DmnElement element, FeelScope scope)
    {
        var first = scope.Variables.Count;
        var entries = new List<BoxedLogic>();
        var fields = new List<RowField>();
        BoxedLogic? result = null;
        foreach (var entry in element.All("contextEntry"))
        {
            var variable = entry.Child("variable");
            var type = types.Of(variable);
            var name = variable?["name"]?.Trim();
            var logic = Typed(ReadIn(entry, scope), type, $"The entry {name} of {owner}");
            if (string.IsNullOrEmpty(name))
            {
                result = logic;
                continue;
            }
            if (fields.Exists(field => field.Name == name))
            {
                problems.Error("name_twice", $"Two entries of a context of {owner} are named {name}.", entry);
                return new NoLogic($"Two entries of a context are named {name}.");
            }
            entries.Add(logic);
            fields.Add(new RowField(name, logic.Type));
            scope = scope.With(name, logic.Type);
            Reserve(scope, 1);
        }
        return new ContextLogic(new RowShape(owner, fields), first, entries, result);
    }

    private InvocationLogic ReadInvocation(DmnElement element, FeelScope scope)
    {
        var bindings = element.All("binding")
            .Select(binding => (binding.Child("parameter")?["name"]?.Trim() ?? "", ReadIn(binding, scope)))
            .ToList();
        return new InvocationLogic(ReadIn(element, scope), bindings);
    }

    private BoxedLogic ReadFunction(DmnElement element, FeelScope scope)
    {
        if (element["kind"] is { } kind && kind is not "FEEL")
        {
            problems.Warn("external_function", $"{owner} has a function of kind {kind}; only FEEL is run, it gives null.", element);
            return new ExternalLogic(kind, [.. element.All("formalParameter").Select(parameter => (parameter["name"] ?? "", types.Of(parameter)))]);
        }
        var first = scope.Variables.Count;
        var parameters = ReadParameters(element);
        scope = scope.With(parameters.Select(parameter => (parameter.Name, parameter.Type.Type)));
        Reserve(scope, 1);
        return new FunctionLogic(parameters, first, ReadIn(element, scope));
    }

    /// <summary>The formal parameters of a function.</summary>
    public List<(string Name, ItemType Type)> ReadParameters(DmnElement? function) =>
        function is null ? [] : [.. function.All("formalParameter").Select(parameter => (parameter["name"]?.Trim() ?? "", types.Of(parameter)))];

    private BoxedLogic ReadRelation(DmnElement element, FeelScope scope)
    {
        var columns = element.All("column").ToList();
        var columnTypes = columns.ConvertAll(types.Of);
        var names = columns.ConvertAll(column => column["name"]?.Trim() ?? "");
        if (names.Distinct(StringComparer.Ordinal).Count() < names.Count)
        {
            problems.Error("name_twice", $"Two columns of a relation of {owner} have the same name.", element);
            return new NoLogic("Two columns of a relation have the same name.");
        }
        var rows = new List<BoxedLogic[]>();
        foreach (var row in element.All("row"))
        {
            var cells = row.Children.Where(child => Known.Contains(child.Name)).ToList();
            rows.Add([.. columnTypes.Select((type, i) =>
                i < cells.Count ? Typed(Read(cells[i], scope), type, $"The column {names[i]} of {owner}") : new NoLogic(null))]);
        }
        return new RelationLogic(new RowShape(owner, [.. names.Select((name, i) => new RowField(name, columnTypes[i].Type))]), rows);
    }

    private ForLogic ReadFor(DmnElement element, FeelScope scope)
    {
        var source = ReadIn(element.Child("in"), scope);
        var slot = scope.Variables.Count;
        var inner = scope.With(Iterator(element), ElementOf(source.Type)).With("partial", new ListType(FeelType.Any));
        Reserve(inner, 1);
        return new ForLogic(source, slot, ReadIn(element.Child("return"), inner));
    }

    private QuantifiedLogic ReadQuantified(DmnElement element, FeelScope scope, bool decides)
    {
        var source = ReadIn(element.Child("in"), scope);
        var slot = scope.Variables.Count;
        var inner = scope.With(Iterator(element), ElementOf(source.Type));
        Reserve(inner, 1);
        return new QuantifiedLogic(source, slot, ReadIn(element.Child("satisfies"), inner), decides);
    }

    private BoxedLogic ReadFilter(DmnElement element, FeelScope scope)
    {
        const string Source = "filtered list";
        var source = ReadIn(element.Child("in"), scope);
        var slot = scope.Variables.Count;
        if (element.Child("match")?.Child("literalExpression")?.Child("text") is { } text)
        {
            var over = scope.With(Source, source.Type);
            Reserve(over, 1);
            var filter = FeelExpression.Parse($"{Source}[{text.Text}]", over);
            FeelProblems.Report(filter, text, problems, owner);
            return new FeelFilterLogic(source, slot, filter);
        }
        var inner = scope.With("item", ElementOf(source.Type));
        Reserve(inner, 1);
        return new FilterLogic(source, slot, ReadIn(element.Child("match"), inner));
    }

    private static string Iterator(DmnElement element) => element["iteratorVariable"]?.Trim() ?? "item";

    private static FeelType ElementOf(FeelType type) => type is ListType list ? list.Element : FeelType.Any;
}

/// <summary>A function of Java or PMML: never run, since it would be code from outside.</summary>
internal sealed class ExternalLogic(string kind, IReadOnlyList<(string Name, ItemType Type)> parameters) : BoxedLogic
{
    public override FeelValue Evaluate(FeelValue[] frame, DmnRun run) => FeelValue.Of(new LogicFunction(
        parameters, run, "The function", _ => run.Feel.Fail("external_function", $"Functions of kind {kind} are not run.")));
}
