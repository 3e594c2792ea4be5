using System.Collections.Concurrent;
using System.Text;

using Switchboard.Runtime.Artefacts;

namespace Switchboard.Runtime.Templates;

/// <summary>Compiled templates by their content: the shipped ones, and texts that stand in a definition's input.</summary>
public sealed class TemplateLibrary(ShippedArtefacts shipped)
{
    /// <summary>Definitions hold a bounded number of texts, but a template may be edited for ever; beyond this the oldest world is forgotten.</summary>
    private const int MostCompiled = 2_000;

    private readonly ConcurrentDictionary<string, Template> compiled = new();

    /// <returns>The template and the hash of its text; null if there is none of this key.</returns>
    public (Template Template, string Hash)? Find(string key) => shipped.Find("template", key) is { } artefact
        ? (Compiled(artefact.Hash, artefact.Key, () => Encoding.UTF8.GetString(artefact.Content.Span), TemplateTarget.Of(artefact.FileName)), artefact.Hash)
        : null;

    /// <summary>A short text with values, such as a title.</summary>
    /// <exception cref="TemplateException">It does not parse.</exception>
    public Template Inline(string text) => Compiled("text " + text, "text", () => text, TemplateTarget.Text);

    private Template Compiled(string key, string name, Func<string> text, TemplateTarget target)
    {
        if (compiled.Count > MostCompiled)
            compiled.Clear();
        return compiled.GetOrAdd(key, _ => Template.Compile(name, text(), target));
    }
}
