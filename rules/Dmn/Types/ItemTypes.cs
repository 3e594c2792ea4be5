using Switchboard.Rules.Dmn.Requirements;
using Switchboard.Rules.Feel;

namespace Switchboard.Rules.Dmn.Types;

/// <summary>The types of a model: FEEL's own, its item definitions, and those of its imports under the import's name.</summary>
internal sealed class ItemTypes
{
    private static readonly Dictionary<string, ItemType> BuiltIn = new FeelType[]
    {
        FeelType.Any, FeelType.Boolean, FeelType.Number, FeelType.String, FeelType.Date, FeelType.Time, FeelType.DateTime,
        FeelType.DaysDuration, FeelType.MonthsDuration, FeelType.Null,
    }.ToDictionary(type => ((SimpleType)type).Name, type => type == FeelType.Any ? ItemType.Any : new ItemType(((SimpleType)type).Name, type), StringComparer.Ordinal);

    private readonly Dictionary<string, DmnElement> definitions = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ItemType> types = new(StringComparer.Ordinal);
    private readonly HashSet<string> open = new(StringComparer.Ordinal);
    private readonly IReadOnlyList<DmnImport> imports;
    private readonly ProblemList problems;

    static ItemTypes()
    {
        // The names of DMN 1.1 and of XML Schema that tools still write (DMN 1.5 §10.3.2.2).
        BuiltIn["dateTime"] = BuiltIn["date and time"];
        BuiltIn["dayTimeDuration"] = BuiltIn["dtDuration"] = BuiltIn["days and time duration"];
        BuiltIn["yearMonthDuration"] = BuiltIn["ymDuration"] = BuiltIn["years and months duration"];
        BuiltIn["integer"] = BuiltIn["long"] = BuiltIn["double"] = BuiltIn["decimal"] = BuiltIn["number"];
        BuiltIn["any"] = BuiltIn["Any"];
        BuiltIn["context"] = new ItemType("context", new RowType(new RowShape("context", [])));
        BuiltIn["list"] = new ItemType("list", new ListType(FeelType.Any)) { Element = ItemType.Any };
    }

    public ItemTypes(DmnElement root, IReadOnlyList<DmnImport> imports, ProblemList problems)
    {
        this.imports = imports;
        this.problems = problems;
        foreach (var definition in root.All("itemDefinition"))
        {
            if (definition["name"] is not { Length: > 0 } name)
                problems.Error("name_missing", "An item definition has no name.", definition);
            else if (!definitions.TryAdd(name.Trim(), definition))
                problems.Error("name_twice", $"Two item definitions are named {name}.", definition);
        }
        foreach (var name in definitions.Keys)
        {
            Defined(name);
        }
        Scope = FeelScope.Empty.WithTypes(Named().ToDictionary(type => type.Name, type => type.Type, StringComparer.Ordinal));
    }

    /// <summary>A scope without variables that knows the types, for instance of and for parameters.</summary>
    public FeelScope Scope { get; }

    /// <summary>The names of the item definitions, for messages.</summary>
    public IEnumerable<string> Names => definitions.Keys;

    /// <summary>The type that an element names by an attribute or a child typeRef; Any where it names none or one that is not there.</summary>
    public ItemType Of(DmnElement? element)
    {
        if (element is null)
            return ItemType.Any;
        var reference = (element["typeRef"] ?? element.Child("typeRef")?.Text)?.Trim();
        return string.IsNullOrEmpty(reference) ? ItemType.Any : Find(reference, element);
    }

    /// <summary>The type of a name, by the element that uses it; Any with a problem where there is none.</summary>
    public ItemType Find(string reference, DmnElement at)
    {
        if (TryFind(reference, at) is { } found)
            return found;
        var nearest = Nearest.To(reference, definitions.Keys);
        problems.Error("unknown_type", $"There is no type {reference}{(nearest is null ? "" : $"; is {nearest} meant?")}.", at);
        return ItemType.Any;
    }

    /// <summary>The types by the names that expressions write: those of imports after the import's name.</summary>
    private IEnumerable<(string Name, FeelType Type)> Named()
    {
        var own = types.Select(type => (type.Key, type.Value.Type));
        var imported = imports.Where(import => import.Model is not null)
            .SelectMany(import => import.Model!.Types.Named().Select(type => (import.Name.Length == 0 ? type.Name : $"{import.Name}.{type.Name}", type.Type)));
        return own.Concat(imported).DistinctBy(type => type.Item1);
    }

    private ItemType? TryFind(string reference, DmnElement at)
    {
        if (Defined(reference) is { } own)
            return own;
        if (BuiltIn.TryGetValue(reference, out var builtIn))
            return builtIn;

        // 1.1 writes a QName (feel:string, other:tPerson); 1.2 on writes import.tPerson.
        var colon = reference.IndexOf(':', StringComparison.Ordinal);
        if (colon > 0 && at.NamespaceOf(reference[..colon]) is { } uri)
        {
            var local = reference[(colon + 1)..];
            if (imports.FirstOrDefault(import => import.Namespace == uri)?.Model?.Types.TryFind(local, at) is { } imported)
                return imported;
            return Defined(local) ?? BuiltIn.GetValueOrDefault(local);
        }
        foreach (var import in imports)
        {
            if (import.Model is null)
                continue;
            if (import.Name.Length == 0 && import.Model.Types.TryFind(reference, at) is { } unnamed)
                return unnamed;
            if (import.Name.Length > 0 && reference.StartsWith(import.Name + ".", StringComparison.Ordinal)
                && import.Model.Types.TryFind(reference[(import.Name.Length + 1)..], at) is { } named)
                return named;
        }
        return null;
    }

    private ItemType? Defined(string name)
    {
        if (types.TryGetValue(name, out var known))
            return known;
        if (!definitions.TryGetValue(name, out var definition))
            return null;
        if (!open.Add(name))
            return ItemType.Any; // a type that contains itself: nothing is known below
        var made = Make(name, definition, 0);
        open.Remove(name);
        return types[name] = made;
    }

    private ItemType Make(string name, DmnElement definition, int depth)
    {
        var single = MakeSingle(name, definition, depth);
        var isCollection = definition["isCollection"]?.Trim() is "true" or "1";
        single = Narrow(name, single, definition.Child("allowedValues"));
        var made = isCollection ? new ItemType(name, new ListType(single.Type)) { Element = single } : single;
        return Narrow(name, made, definition.Child("typeConstraint"));
    }

    private ItemType MakeSingle(string name, DmnElement definition, int depth)
    {
        if (definition.Child("functionItem") is { } function)
        {
            var parameters = function.All("parameters").Select(Of).ToList();
            var output = function["outputTypeRef"]?.Trim();
            var result = string.IsNullOrEmpty(output) ? ItemType.Any : Find(output, function);
            return new ItemType(name, new FunctionType([.. parameters.Select(parameter => parameter.Type)], result.Type)) { Result = result };
        }
        var components = definition.All("itemComponent").Where(component => component["name"] is { Length: > 0 }).DistinctBy(component => component["name"]!.Trim()).ToList();
        if (components.Count == 0)
            return Of(definition);
        var made = components.ConvertAll(component => (Name: component["name"]!.Trim(), Type: Make($"{name}.{component["name"]}", component, depth + 1)));
        return new ItemType(name, new RowType(new RowShape(name, made.ConvertAll(component => new RowField(component.Name, component.Type.Type))))) { Components = made };
    }

    private ItemType Narrow(string name, ItemType type, DmnElement? constraint)
    {
        if (constraint?.Child("text") is not { } text || string.IsNullOrWhiteSpace(text.Text))
            return type;
        var allowed = FeelExpression.ParseUnaryTests(text.Text, FeelScope.Empty, type.Type);
        if (allowed.Problems.Count > 0)
        {
            FeelProblems.Report(allowed, text, problems, $"The allowed values of {name}");
            return type;
        }
        return new ItemType(name, type.Type) { Element = type.Element, Components = type.Components, Result = type.Result, Narrowed = type, Allowed = allowed, AllowedTexts = constraint };
    }
}
