using System.IO.Compression;
using System.Text;
using System.Xml;

namespace Switchboard.Data.Transfer;

/// <summary>A forward reader of one XML part: no DTD, no entity, no resolver, bounded depth and names.</summary>
internal sealed class SheetXml : IDisposable
{
    private static readonly XmlReaderSettings Settings = new()
    {
        DtdProcessing = DtdProcessing.Prohibit,
        XmlResolver = null,
        IgnoreComments = true,
        IgnoreProcessingInstructions = true,
        CheckCharacters = true,
    };

    private readonly XmlReader reader;

    private readonly string part;

    private readonly char[] piece = new char[4096];

    /// <param name="fileLength">Of the archive: what an entry says of its compressed length is believed only up to this.</param>
    public SheetXml(ZipArchiveEntry entry, long fileLength, long limit = InflationLimits.Part)
    {
        part = entry.FullName;
        if (entry.IsEncrypted)
            throw SourceTable.Refused("encrypted_file", "The workbook is encrypted. Save it without a password.");
        var settings = Settings.Clone();
        settings.NameTable = new LimitedNames();
        try
        {
            reader = XmlReader.Create(
                new LimitedPart(entry.Open(), part, Math.Min(entry.CompressedLength, fileLength), limit), settings);
        }
        catch (Exception e) when (e is InvalidDataException or XmlException or NotSupportedException)
        {
            throw SourceTable.Refused("damaged_file", $"{part} cannot be read: {e.Message}");
        }
    }

    public string Name => reader.LocalName;

    public int Depth => reader.Depth;

    public bool IsEmptyElement => reader.IsEmptyElement;

    public bool IsElement => reader.NodeType == XmlNodeType.Element;

    public bool IsEndElement => reader.NodeType == XmlNodeType.EndElement;

    public string? this[string attribute] => reader.GetAttribute(attribute);

    /// <summary>An attribute of the relationships namespace, such as <c>r:id</c>.</summary>
    public string? Relationship(string attribute) =>
        reader.GetAttribute(attribute, "http://schemas.openxmlformats.org/officeDocument/2006/relationships")
        ?? reader.GetAttribute(attribute, "http://purl.oclc.org/ooxml/officeDocument/relationships");

    public bool Read()
    {
        try
        {
            var more = reader.Read();
            if (reader.Depth > InflationLimits.Depth)
                throw InflationLimits.Exceeded($"{part} is nested more than {InflationLimits.Depth} deep");
            return more;
        }
        catch (XmlException e)
        {
            throw Damaged(e);
        }
    }

    /// <summary>Appends the text of the current node if it is one, up to a length, and reads past the rest.</summary>
    /// <returns>False when some of it was left out.</returns>
    public bool AppendText(StringBuilder text, int longest)
    {
        if (reader.NodeType is not (XmlNodeType.Text or XmlNodeType.CDATA or XmlNodeType.SignificantWhitespace or XmlNodeType.Whitespace))
            return true;
        // In pieces, because a CDATA section may be as long as the whole part.
        int count;
        while ((count = ReadPiece()) > 0)
        {
            var room = longest - text.Length;
            text.Append(piece, 0, Math.Min(count, room));
            if (count > room)
                return false;
        }
        return true;
    }

    private int ReadPiece()
    {
        try
        {
            return reader.ReadValueChunk(piece, 0, piece.Length);
        }
        catch (XmlException e)
        {
            throw Damaged(e);
        }
    }

    private ProblemException Damaged(XmlException e) =>
        SourceTable.Refused("damaged_file", $"{part} is not the XML of a workbook: {e.Message}");

    public void Dispose() => reader.Dispose();

    private sealed class LimitedNames : NameTable
    {
        private int count;

        public override string Add(char[] key, int start, int len) => base.Get(key, start, len) ?? Count(base.Add(key, start, len));

        public override string Add(string key) => base.Get(key) ?? Count(base.Add(key));

        private string Count(string name) => ++count <= InflationLimits.Names
            ? name
            : throw InflationLimits.Exceeded($"it has more than {InflationLimits.Names} different names");
    }
}
