using System.Text;

using Switchboard.Runtime.Artefacts;

namespace Switchboard.Host.Artefacts;

/// <summary>An artefact as a file.</summary>
/// <param name="Path">Relative to the folder, with slashes.</param>
/// <param name="Text">As the store has it; the file may say a part of it in its name.</param>
internal sealed record ArtefactFile(ArtefactKind Kind, string Key, string Path, string Text);

/// <summary>
/// Artefacts in a folder laid out like this repository: <c>workflows/definitions/*.json, workflows/forms/*.json,
/// workflows/templates/*.hbs, workflows/calendars/*.yaml, rules/sets/*.yaml, rules/tables/*.dmn</c>.
/// </summary>
internal sealed class ArtefactFolder(string root, ArtefactKinds kinds)
{
    /// <summary>What is used comes before what uses it.</summary>
    private static readonly string[] Order = ["calendar", "template", "form", "decision", "ruleset", "workflow"];

    public IReadOnlyList<ArtefactFile> Read() =>
    [
        .. from kind in kinds.All.OrderBy(kind => Array.IndexOf(Order, kind.Name))
           let folder = Path.Combine(root, kind.Folder)
           where Directory.Exists(folder)
           from file in Directory.EnumerateFiles(folder, "*" + kind.Ending).Order(StringComparer.Ordinal)
           let name = Path.GetFileName(file)
           select new ArtefactFile(kind, name[..name.IndexOf('.', StringComparison.Ordinal)], $"{kind.Folder}/{name}", kind.FromFile(name, File.ReadAllText(file, Encoding.UTF8))),
    ];

    /// <summary>Writes a file unless it says the same already.</summary>
    /// <returns>The path if it was written; null if it was the same.</returns>
    public string? Write(ArtefactKind kind, string key, string text)
    {
        var (name, content) = kind.ToFile(key, text);
        var path = $"{kind.Folder}/{name}";
        var file = Path.Combine(root, path);
        if (File.Exists(file) && kinds.HashOf(kind.Name, kind.FromFile(name, File.ReadAllText(file, Encoding.UTF8))) == kinds.HashOf(kind.Name, text))
            return null;
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, content.EndsWith('\n') ? content : content + "\n", new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        return path;
    }

    /// <summary>The artefacts of the folder, and where it has none of a key, the shipped ones.</summary>
    public ArtefactWorld World(IReadOnlyList<ArtefactFile> files, TimeProvider time)
    {
        var own = files.ToDictionary(file => (file.Kind.Name, file.Key), file => file.Text);
        var shipped = new PublishedArtefacts(new ShippedArtefacts(), kinds, time);
        return new ArtefactWorld(kinds, (kind, key) => own.GetValueOrDefault((kind, key)) ?? shipped.FindShipped(kind, key)?.Content, time);
    }
}
