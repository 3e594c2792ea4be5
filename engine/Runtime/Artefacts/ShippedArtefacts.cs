using System.Collections.Frozen;
using System.Security.Cryptography;

namespace Switchboard.Runtime.Artefacts;

/// <summary>One artefact as it came with the release.</summary>
/// <param name="Kind"><c>workflow, template, calendar, form, ruleset, decision</c>.</param>
/// <param name="Key">The file's name without its endings, by which workflows and people refer to it.</param>
/// <param name="FileName">The file's name with its endings; a template's says what it produces (<c>.html.hbs</c>).</param>
/// <param name="Hash">SHA-256 of the file, lower-case hex.</param>
public sealed record ShippedArtefact(string Kind, string Key, string FileName, ReadOnlyMemory<byte> Content, string Hash);

/// <summary>
/// The defaults beneath every tenant's own artefacts: the files of <c>workflows/</c> and <c>rules/</c> that are copied beside the program.
/// Read once; a release replaces them.
/// </summary>
public sealed class ShippedArtefacts
{
    private static readonly FrozenDictionary<string, string> KindByFolder = new Dictionary<string, string>
    {
        ["definitions"] = "workflow",
        ["templates"] = "template",
        ["calendars"] = "calendar",
        ["forms"] = "form",
        ["sets"] = "ruleset",
        ["tables"] = "decision",
    }.ToFrozenDictionary();

    private readonly FrozenDictionary<(string Kind, string Key), ShippedArtefact> byKey;

    /// <param name="folder">Holds one folder a kind; by default <c>artefacts</c> beside the program.</param>
    public ShippedArtefacts(string? folder = null)
    {
        folder ??= Path.Combine(AppContext.BaseDirectory, "artefacts");
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException($"The shipped artefacts are missing: there is no folder {folder}. Install the program again.");
        byKey = KindByFolder
            .Where(kind => Directory.Exists(Path.Combine(folder, kind.Key)))
            .SelectMany(kind => Directory.EnumerateFiles(Path.Combine(folder, kind.Key)).Select(file => Read(kind.Value, file)))
            .ToFrozenDictionary(artefact => (artefact.Kind, artefact.Key));
    }

    public IEnumerable<ShippedArtefact> All => byKey.Values;

    public ShippedArtefact? Find(string kind, string key) => byKey.GetValueOrDefault((kind, key));

    private static ShippedArtefact Read(string kind, string file)
    {
        var content = File.ReadAllBytes(file);
        var name = Path.GetFileName(file);
        return new ShippedArtefact(kind, name[..name.IndexOf('.', StringComparison.Ordinal)], name, content, Convert.ToHexStringLower(SHA256.HashData(content)));
    }
}
