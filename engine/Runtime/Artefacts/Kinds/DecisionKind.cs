using System.Text.Json.Nodes;
using System.Xml;
using System.Xml.Linq;

using Switchboard.Rules.Dmn;
using Switchboard.Runtime.Decisions;

namespace Switchboard.Runtime.Artefacts.Kinds;

/// <summary>A decision model in the XML of DMN, 1.1 to 1.6.</summary>
internal sealed class DecisionKind : ArtefactKind
{
    public override string Name => "decision";

    public override string Folder => "rules/tables";

    public override string Ending => ".dmn";

    public override ArtefactContent Read(string key, string text) => new DecisionContent(text);

    /// <summary>White space between elements, comments and the order of attributes do not count; the diagram does.</summary>
    public override string Canonical(string text)
    {
        var (document, _) = DmnXml.Read(text);
        if (document is null)
            return text;
        document.DescendantNodes().Where(node => node is XComment or XProcessingInstruction).Remove();
        foreach (var element in document.Descendants())
            element.ReplaceAttributes(element.Attributes().OrderBy(attribute => attribute.Name.ToString(), StringComparer.Ordinal).ToList());
        return document.Root!.ToString(SaveOptions.DisableFormatting).ReplaceLineEndings("\n");
    }
}

/// <summary>A decision model, read.</summary>
internal sealed class DecisionContent : ArtefactContent
{
    private readonly XElement? root;
    private readonly Lazy<DmnModel> model;
    private readonly Lazy<ModelLogic> logic;

    public DecisionContent(string text)
    {
        model = new Lazy<DmnModel>(() => DmnModel.Parse(text));
        logic = new Lazy<ModelLogic>(() => new ModelLogic(model.Value, DmnXml.MainOf(root!)));
        var (document, syntax) = DmnXml.Read(text);
        root = document?.Root;
        Problems = syntax is not null ? [syntax]
            : root!.Name.LocalName != "definitions" ? [ArtefactProblem.Error("artefact_syntax", $"A decision model begins with definitions, not with {root.Name.LocalName}.", 1, 1)]
            : [];
    }

    /// <summary>Of the XML alone: a table with a wrong cell can be saved as a draft.</summary>
    public override IReadOnlyList<ArtefactProblem> Problems { get; }

    public override DecisionLogic Logic => logic.Value;

    public override IEnumerable<ArtefactTest> Tests => model.Value.Tests.Select(test => new ArtefactTest(test.Name, world => logic.Value.Test(test, world.Time)));

    public override IEnumerable<ArtefactProblem> Check(ArtefactWorld world) => model.Value.Problems.Select(problem => new ArtefactProblem(
        problem.Severity == DmnSeverity.Error ? "error" : "warning", problem.Code, problem.Message, problem.Line == 0 ? null : problem.Line,
        Property: problem.TableColumn, Column: problem.Line == 0 ? null : problem.Column, Row: problem.Row, Element: problem.ElementId));

    public override IEnumerable<ArtefactPart> Parts => root!.Elements()
        .Where(element => element.Name.LocalName is not ("DMNDI" or "extensionElements" or "description"))
        .SelectMany(element => DmnXml.Parts(element))
        .Concat(root.Elements().Where(element => element.Name.LocalName == "extensionElements").Descendants().Where(element => element.Name.LocalName == "test")
            .Select(test => new ArtefactPart("test", DmnXml.NameOf(test), DmnXml.NameOf(test), new JsonObject { ["xml"] = test.ToString() })));
}

/// <summary>The XML of a decision model, as far as it can be looked at without knowing what it decides.</summary>
internal static class DmnXml
{
    /// <summary>A table of 10,000 rows has about 5 MB.</summary>
    private const long MostCharacters = 50_000_000;

    /// <summary>The document, or the problem with its line and column. No document type: nothing outside is read, and no entity grows.</summary>
    public static (XDocument? Document, ArtefactProblem? Problem) Read(string text)
    {
        var settings = new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null, MaxCharactersInDocument = MostCharacters, IgnoreWhitespace = true };
        try
        {
            using var reader = XmlReader.Create(new StringReader(text), settings);
            return (XDocument.Load(reader, LoadOptions.None), null);
        }
        catch (XmlException e)
        {
            return (null, ArtefactProblem.Error("artefact_syntax", $"The content is not XML: {e.Message}", e.LineNumber == 0 ? 1 : e.LineNumber, e.LinePosition));
        }
    }

    /// <summary>The decision that no other requires; of several, the last.</summary>
    public static string? MainOf(XElement root)
    {
        var required = root.Descendants().Where(element => element.Name.LocalName == "requiredDecision")
            .Select(element => ((string?)element.Attribute("href") ?? "").Split('#')[^1]).ToHashSet();
        var decisions = root.Elements().Where(element => element.Name.LocalName == "decision").ToList();
        var main = decisions.LastOrDefault(decision => !required.Contains((string?)decision.Attribute("id") ?? "")) ?? decisions.LastOrDefault();
        return (string?)main?.Attribute("name");
    }

    public static string NameOf(XElement element) => (string?)element.Attribute("name") ?? (string?)element.Attribute("id") ?? element.Name.LocalName;

    /// <summary>The element itself and, if it is decided by tables, their columns and rows.</summary>
    public static IEnumerable<ArtefactPart> Parts(XElement element)
    {
        var (what, id) = (element.Name.LocalName, (string?)element.Attribute("id") ?? NameOf(element));
        var copy = new XElement(element);
        copy.Descendants().Where(child => child.Name.LocalName == "rule" || (child.Name.LocalName is "input" or "output" && child.Parent?.Name.LocalName == "decisionTable")).Remove();
        yield return new ArtefactPart(what, id, NameOf(element), new JsonObject { ["name"] = NameOf(element), ["xml"] = copy.ToString(SaveOptions.DisableFormatting) });
        var tables = element.Descendants().Where(child => child.Name.LocalName == "decisionTable").ToList();
        for (var i = 0; i < tables.Count; i++)
        {
            foreach (var part in TableParts(tables[i], i == 0 ? id : $"{id}/{i + 1}", NameOf(element)))
                yield return part;
        }
    }

    private static IEnumerable<ArtefactPart> TableParts(XElement table, string id, string name)
    {
        var columns = table.Elements().Where(child => child.Name.LocalName is "input" or "output").ToList();
        var labels = columns.Select((column, i) => LabelOf(column, i)).ToList();
        for (var i = 0; i < columns.Count; i++)
        {
            yield return new ArtefactPart("column", $"{id}/{(string?)columns[i].Attribute("id") ?? labels[i]}", $"{name}: {labels[i]}", new JsonObject
            {
                ["label"] = labels[i],
                ["expression"] = TextOf(columns[i], "inputExpression"),
                ["values"] = TextOf(columns[i], "inputValues") ?? TextOf(columns[i], "outputValues"),
                ["default"] = TextOf(columns[i], "defaultOutputEntry"),
                ["type"] = (string?)columns[i].Attribute("typeRef") ?? (string?)Child(columns[i], "inputExpression")?.Attribute("typeRef"),
            });
        }
        var number = 0;
        foreach (var row in table.Elements().Where(child => child.Name.LocalName == "rule"))
        {
            number++;
            var cells = row.Elements().Where(child => child.Name.LocalName is "inputEntry" or "outputEntry").ToList();
            var members = new JsonObject();
            for (var i = 0; i < cells.Count; i++)
                members[i < labels.Count ? labels[i] : $"cell {i + 1}"] = Child(cells[i], "text")?.Value.Trim() ?? "";
            foreach (var (annotation, i) in row.Elements().Where(child => child.Name.LocalName == "annotationEntry").Select((child, i) => (child, i)))
                members[$"annotation {i + 1}"] = annotation.Value.Trim();
            yield return new ArtefactPart("row", $"{id}/{(string?)row.Attribute("id") ?? string.Join(" | ", cells.Select(cell => cell.Value.Trim()))}", $"{name}, row {number}", members)
            {
                Among = id,
            };
        }
    }

    private static string LabelOf(XElement column, int index) =>
        ((string?)column.Attribute("label") is { Length: > 0 } label ? label : null) ?? TextOf(column, "inputExpression") ?? (string?)column.Attribute("name") ?? $"column {index + 1}";

    private static string? TextOf(XElement parent, string name) => Child(parent, name)?.Value.Trim() is { Length: > 0 } text ? text : null;

    private static XElement? Child(XElement parent, string name) => parent.Elements().FirstOrDefault(child => child.Name.LocalName == name);
}
