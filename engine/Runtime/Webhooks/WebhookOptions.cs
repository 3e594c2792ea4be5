using System.Net;

namespace Switchboard.Runtime.Webhooks;

/// <summary>How webhooks are delivered.</summary>
public sealed class WebhookOptions
{
    /// <summary>Networks that are not the internet and may be reached all the same, over plain HTTP too. Default none: whoever may make a webhook must not look into the network that the service stands in.</summary>
    public IReadOnlyList<IPNetwork> Networks { get; set; } = [];

    /// <summary>
    /// The pauses between the first attempt, which is made at once, and the ones that follow; up to a fifth is added at
    /// random. Default 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h, as Standard Webhooks recommends: ten attempts
    /// in a little over three days.
    /// </summary>
    public IReadOnlyList<TimeSpan> Pauses { get; set; } =
    [
        TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(30), TimeSpan.FromHours(2), TimeSpan.FromHours(5),
        TimeSpan.FromHours(10), TimeSpan.FromHours(14), TimeSpan.FromHours(20), TimeSpan.FromHours(24),
    ];

    /// <summary>A webhook is switched off when for so long every attempt has failed. Default 5 days, longer than one event is tried.</summary>
    public TimeSpan DisableAfter { get; set; } = TimeSpan.FromDays(5);

    /// <summary>How long a secret that was replaced signs beside the new one, unless the rotation says otherwise. Default 24 h.</summary>
    public TimeSpan Grace { get; set; } = TimeSpan.FromHours(24);

    /// <summary>Of one attempt, until the receiver's status has arrived. Default 15 s; shorter than a stopping service waits.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a claim holds beyond the time-out of its attempt: after a crash, the event is sent again so much later. Default 15 s.</summary>
    public TimeSpan LeaseMargin { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>The longest that a receiver's Retry-After is followed. Default 24 h.</summary>
    public TimeSpan MostRetryAfter { get; set; } = TimeSpan.FromHours(24);

    /// <summary>How many attempts one node makes at once of one webhook, so that a slow receiver holds up no other. Default 4.</summary>
    public int PerWebhook { get; set; } = 4;

    /// <summary>How many attempts one node makes at once in all. Default 128: they wait for the network, not for a processor.</summary>
    public int AtOnce { get; set; } = 128;

    /// <summary>The largest body; an event with more goes without its data and says so. Default 20,000, as Standard Webhooks recommends.</summary>
    public int BodyBytes { get; set; } = 20_000;

    /// <summary>Most events that one statement takes up for one webhook. Default 1,000.</summary>
    public int Page { get; set; } = 1_000;

    /// <summary>Looks at least this often, because other nodes commit events too and retries fall due. Default 1 s.</summary>
    public TimeSpan Poll { get; set; } = TimeSpan.FromSeconds(1);

    public TimeSpan Lease => Timeout + LeaseMargin;

    /// <exception cref="ArgumentException">A value cannot work.</exception>
    public void Validate()
    {
        foreach (var pause in Pauses)
            Within(nameof(Pauses), pause, TimeSpan.FromSeconds(1), TimeSpan.FromDays(30));
        Within(nameof(DisableAfter), DisableAfter, TimeSpan.FromHours(1), TimeSpan.FromDays(3650));
        Within(nameof(Grace), Grace, TimeSpan.Zero, TimeSpan.FromDays(30));
        Within(nameof(Timeout), Timeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(5));
        Within(nameof(LeaseMargin), LeaseMargin, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
        Within(nameof(Poll), Poll, TimeSpan.FromMilliseconds(10), TimeSpan.FromMinutes(1));
        if (PerWebhook < 1 || AtOnce < PerWebhook || BodyBytes < 1_000 || Page < 1)
            throw new ArgumentException($"Webhooks: {PerWebhook} attempts of one webhook, {AtOnce} in all, bodies of {BodyBytes} bytes, pages of {Page} events cannot be.");
    }

    private static void Within(string name, TimeSpan value, TimeSpan least, TimeSpan most)
    {
        if (value < least || value > most)
            throw new ArgumentException($"Webhooks:{name} is {value}; it must be from {least} to {most}.");
    }
}
