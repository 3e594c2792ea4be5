using System.Text;
using System.Xml;

namespace Switchboard.Rules.Dmn;

/// <summary>
/// An element of a DMN document with its place in the text. Only elements of the DMN namespaces and of
/// <see cref="OwnNamespace"/> are kept: diagrams and other tools' extensions mean nothing to an evaluation.
/// </summary>
internal sealed class DmnElement(string name, DmnElement? parent, int line, int column)
{
    /// <summary>The namespace of what the product itself stores in a document.</summary>
    public const string OwnNamespace = "urn:switchboard:rules";

    /// <summary>The longest document that is read, in UTF-16 units. A table of 10,000 rows and 8 columns has about 10 million.</summary>
    public const int MaxLength = 24_000_000;

    /// <summary>How deep elements may be nested.</summary>
    public const int MaxDepth = 200;

    /// <summary>How many elements a document may have.</summary>
    public const int MaxElements = 1_000_000;

    private static readonly HashSet<string> Namespaces = new(StringComparer.Ordinal)
    {
        "http://www.omg.org/spec/DMN/20151101/dmn.xsd", // 1.1
        "http://www.omg.org/spec/DMN/20151101/dmn11.xsd", // 1.1 as some tools wrote it
        "http://www.omg.org/spec/DMN/20180521/MODEL/", // 1.2
        "https://www.omg.org/spec/DMN/20191111/MODEL/", // 1.3
        "https://www.omg.org/spec/DMN/20211108/MODEL/", // 1.4
        "https://www.omg.org/spec/DMN/20230324/MODEL/", // 1.5
        "https://www.omg.org/spec/DMN/20240513/MODEL/", // 1.6
    };

    private List<DmnElement>? children;
    private Dictionary<string, string>? attributes;
    private Dictionary<string, string>? prefixes;
    private StringBuilder? text;

    public string Name { get; } = name;

    public DmnElement? Parent { get; } = parent;

    public int Line { get; } = line;

    public int Column { get; } = column;

    public IReadOnlyList<DmnElement> Children => children ?? (IReadOnlyList<DmnElement>)[];

    /// <summary>The text directly inside, as written.</summary>
    public string Text => text?.ToString() ?? "";

    /// <summary>Where <see cref="Text"/> begins.</summary>
    public (int Line, int Column) TextAt { get; private set; } = (line, column);

    public string? this[string attribute] => attributes?.GetValueOrDefault(attribute);

    public string? NearestId => this["id"] ?? Parent?.NearestId;

    public DmnElement? Child(string childName)
    {
        foreach (var child in Children)
        {
            if (child.Name == childName)
                return child;
        }
        return null;
    }

    public IEnumerable<DmnElement> All(string childName) => Children.Where(child => child.Name == childName);

    /// <summary>Drops children that have been read: the rows of a large table are most of a document.</summary>
    public void Forget(string childName) => children?.RemoveAll(child => child.Name == childName);

    /// <summary>The namespace that a prefix stands for here; null where it is not declared.</summary>
    public string? NamespaceOf(string prefix) =>
        prefixes is not null && prefixes.TryGetValue(prefix, out var uri) ? uri : Parent?.NamespaceOf(prefix);

    /// <summary>Reads a document; null, with problems, where it is none that may be read.</summary>
    public static DmnElement? Read(string xml, ProblemList problems)
    {
        if (xml.Length > MaxLength)
        {
            problems.Add(new DmnProblem(DmnSeverity.Error, "document_too_long", $"The document has {xml.Length} characters; {MaxLength} may be read.", 0, 0));
            return null;
        }

        var settings = new XmlReaderSettings
        {
            DtdProcessing = DtdProcessing.Prohibit,
            XmlResolver = null,
            MaxCharactersInDocument = MaxLength,
            IgnoreComments = true,
            IgnoreProcessingInstructions = true,
        };
        try
        {
            using var source = new StringReader(xml.TrimStart('\uFEFF', ' ', '\t', '\r', '\n'));
            using var reader = XmlReader.Create(source, settings);
            return ReadAll(reader, problems);
        }
        catch (XmlException e)
        {
            problems.Add(new DmnProblem(DmnSeverity.Error, "not_xml", e.Message, e.LineNumber, e.LinePosition));
            return null;
        }
    }

    private static DmnElement? ReadAll(XmlReader reader, ProblemList problems)
    {
        var place = (IXmlLineInfo)reader;
        DmnElement? root = null;
        DmnElement? open = null;
        var count = 0;
        while (reader.Read())
        {
            switch (reader.NodeType)
            {
                case XmlNodeType.Element when reader.Depth >= MaxDepth || ++count > MaxElements:
                    problems.Add(new DmnProblem(
                        DmnSeverity.Error, "document_too_deep", $"The document nests deeper than {MaxDepth} or has more than {MaxElements} elements.",
                        place.LineNumber, place.LinePosition));
                    return null;
                case XmlNodeType.Element when root is null && reader.LocalName != "definitions" || root is null && !Namespaces.Contains(reader.NamespaceURI):
                    problems.Add(new DmnProblem(
                        DmnSeverity.Error, "not_dmn", $"The document is {reader.LocalName} of {reader.NamespaceURI}, not definitions of DMN 1.1 to 1.6.",
                        place.LineNumber, place.LinePosition));
                    return null;
                case XmlNodeType.Element when !IsKept(reader.NamespaceURI):
                    Skip(reader);
                    break;
                case XmlNodeType.Element:
                    var isEmpty = reader.IsEmptyElement;
                    var element = new DmnElement(reader.LocalName, open, place.LineNumber, place.LinePosition);
                    element.ReadAttributes(reader);
                    (open?.children ?? (open is null ? null : open.children = []))?.Add(element);
                    root ??= element;
                    if (!isEmpty)
                        open = element;
                    break;
                case XmlNodeType.EndElement:
                    open = open!.Parent;
                    break;
                case XmlNodeType.Text or XmlNodeType.CDATA or XmlNodeType.SignificantWhitespace when open is not null:
                    if (open.text is null)
                        open.TextAt = (place.LineNumber, place.LinePosition);
                    (open.text ??= new StringBuilder()).Append(reader.Value);
                    break;
                default:
                    break;
            }
        }
        return root;
    }

    /// <summary>Leaves out an element of a foreign namespace without counting its depth against a recursion of ours.</summary>
    private static void Skip(XmlReader reader)
    {
        if (reader.IsEmptyElement)
            return;
        var depth = reader.Depth;
        while (reader.Read() && reader.Depth > depth)
        {
            if (reader.Depth >= MaxDepth)
                throw new XmlException($"Elements are nested deeper than {MaxDepth}.");
        }
    }

    private static bool IsKept(string uri) => Namespaces.Contains(uri) || uri == OwnNamespace;

    private void ReadAttributes(XmlReader reader)
    {
        while (reader.MoveToNextAttribute())
        {
            if (reader.Prefix == "xmlns" || reader.Name == "xmlns")
                (prefixes ??= new(StringComparer.Ordinal))[reader.Prefix.Length == 0 ? "" : reader.LocalName] = reader.Value;
            else if (reader.NamespaceURI.Length == 0)
                (attributes ??= new(StringComparer.Ordinal))[reader.LocalName] = reader.Value;
        }
        reader.MoveToElement();
    }
}
