namespace Switchboard.Host.Artefacts;

/// <summary>What was asked for on the command line.</summary>
internal sealed record ArtefactArguments
{
    public const string Usage = """
        switchboard artefacts lint [FOLDER]   checks the artefacts of a folder, without a service
        switchboard artefacts test [FOLDER]   runs the test cases that stand in them, without a service
        switchboard artefacts pull [FOLDER]   writes what counts on a service into the folder
        switchboard artefacts push [FOLDER]   saves what differs as drafts; --publish publishes them, --comment says why,
                                              --force overwrites drafts of others, --dry-run changes nothing
        switchboard artefacts diff [FOLDER]   says how the folder differs from what counts on a service

        The folder (by default the current one) is laid out like Switchboard's repository: workflows/definitions,
        workflows/forms, workflows/templates, workflows/calendars, rules/sets, rules/tables.

          --url URL      the service; by default SWITCHBOARD_URL, else http://127.0.0.1:8080
          --token TOKEN  an access token; by default SWITCHBOARD_TOKEN
          --kind KIND    only workflow, ruleset, decision, form, template or calendar
          --json         one JSON document instead of lines

        Exit codes: 0 all well, 1 something is wrong or differs, 2 wrong usage.
        """;

    private static readonly string[] Verbs = ["lint", "test", "pull", "push", "diff"];

    public required string Verb { get; init; }

    public string Folder { get; private set; } = ".";

    public Uri Url { get; private set; } = new("http://127.0.0.1:8080");

    public string? Token { get; private set; }

    public string? Kind { get; private set; }

    public string? Comment { get; private set; }

    public bool Json { get; private set; }

    public bool Publish { get; private set; }

    public bool Force { get; private set; }

    public bool DryRun { get; private set; }

    /// <returns>The arguments, or what is wrong with them.</returns>
    public static (ArtefactArguments? Arguments, string? Problem) Read(IReadOnlyList<string> words, Func<string, string?> environment)
    {
        if (words.Count == 0 || !Verbs.Contains(words[0]))
            return (null, words.Count == 0 ? "say what to do." : $"\"{words[0]}\" is not one of {string.Join(", ", Verbs)}.");
        var read = new ArtefactArguments { Verb = words[0] };
        var (url, folder) = (environment("SWITCHBOARD_URL")?.Split(';')[0], (string?)null);
        read.Token = environment("SWITCHBOARD_TOKEN") is { Length: > 0 } token ? token : null;
        for (var i = 1; i < words.Count; i++)
        {
            var word = words[i];
            string? value = null;
            if (word is "--url" or "--token" or "--kind" or "--comment")
            {
                if (++i == words.Count)
                    return (null, $"{word} needs a value.");
                value = words[i];
            }
            switch (word)
            {
                case "--url":
                    url = value;
                    break;
                case "--token":
                    read.Token = value;
                    break;
                case "--kind":
                    read.Kind = value;
                    break;
                case "--comment":
                    read.Comment = value;
                    break;
                case "--json":
                    read.Json = true;
                    break;
                case "--publish" when read.Verb == "push":
                    read.Publish = true;
                    break;
                case "--force" when read.Verb == "push":
                    read.Force = true;
                    break;
                case "--dry-run" when read.Verb == "push":
                    read.DryRun = true;
                    break;
                default:
                    if (word.StartsWith('-') || folder is not null)
                        return (null, $"\"{word}\" is not known to {read.Verb}.");
                    folder = word;
                    break;
            }
        }
        read.Folder = folder ?? ".";
        if (url is { Length: > 0 })
        {
            if (!Uri.TryCreate(url, UriKind.Absolute, out var service) || service.Scheme is not ("http" or "https"))
                return (null, $"{url} is not the address of a service.");
            read.Url = service;
        }
        return read.Verb is not ("lint" or "test") && read.Token is null ? (null, $"{read.Verb} needs --token or SWITCHBOARD_TOKEN.") : (read, null);
    }
}
