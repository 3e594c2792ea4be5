using System.Collections.Concurrent;

using Switchboard.Runtime.Artefacts;
using Switchboard.Runtime.Artefacts.Kinds;

namespace Switchboard.Runtime.Templates;

/// <summary>Compiled templates by their content: those of the tenants, the shipped ones, and texts that stand in a definition's input.</summary>
public sealed class TemplateLibrary(PublishedArtefacts artefacts)
{
    /// <summary>Definitions hold a bounded number of texts, but a template may be edited for ever; beyond this the oldest world is forgotten.</summary>
    private const int MostCompiled = 2_000;

    private readonly ConcurrentDictionary<string, Template> compiled = new();

    /// <param name="at">The instant whose version counts; null for now.</param>
    /// <returns>The template and the hash of its text; null if the tenant has none of this key.</returns>
    public (Template Template, string Hash)? Find(Guid tenantId, string key, DateTimeOffset? at = null)
    {
        if (artefacts.Find(tenantId, "template", key, at) is not { } version)
            return null;
        return (Compiled(version.Hash, () => new TemplateContent(key, version.Content).Compiled ?? throw new TemplateException("template_syntax", $"The template {key} does not parse.")), version.Hash);
    }

    /// <summary>A short text with values, such as a title.</summary>
    /// <exception cref="TemplateException">It does not parse.</exception>
    public Template Inline(string text) => Compiled("text " + text, () => Template.Compile("text", text, TemplateTarget.Text));

    private Template Compiled(string key, Func<Template> compile) => compiled.GetOrMake(key, MostCompiled, _ => compile());
}
