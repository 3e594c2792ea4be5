namespace Switchboard.Runtime.Housekeeping;

/// <summary>How long rows are kept that have done their work, and how they are forgotten.</summary>
public sealed class HousekeepingOptions
{
    /// <summary>How long the first answer to a request can be had again. Default 48 h; clients may rely on 24 h.</summary>
    public TimeSpan IdempotencyKeys { get; set; } = TimeSpan.FromHours(48);

    /// <summary>How long the same event from outside has no second effect. Default 14 days; senders may rely on seven.</summary>
    public TimeSpan SeenEvents { get; set; } = TimeSpan.FromDays(14);

    /// <summary>How long the files of an operation that has ended can be fetched. Default 30 days.</summary>
    public TimeSpan OperationFiles { get; set; } = TimeSpan.FromDays(30);

    /// <summary>How long a session is kept that was not refreshed; longer than a refresh token is good (14 days). Default 15 days.</summary>
    public TimeSpan Sessions { get; set; } = TimeSpan.FromDays(15);

    /// <summary>How far back a client of the event stream can resume. Default 30 days.</summary>
    public TimeSpan Events { get; set; } = TimeSpan.FromDays(30);

    /// <summary>How long a message is kept that was given up, with the reason. Default 30 days.</summary>
    public TimeSpan EndedMessages { get; set; } = TimeSpan.FromDays(30);

    /// <summary>How long the delivery of an event to a webhook can be seen and sent again, counted from when it was last to be sent. Default 30 days.</summary>
    public TimeSpan Deliveries { get; set; } = TimeSpan.FromDays(30);

    /// <summary>How long a migration of running instances can be undone, and seen instance by instance, counted from its end. Default 30 days.</summary>
    public TimeSpan MovedInstances { get; set; } = TimeSpan.FromDays(30);

    /// <summary>How long the deletion of records can be undone. Default 30 days.</summary>
    public TimeSpan Deletions { get; set; } = TimeSpan.FromDays(30);

    /// <summary>Most rows that one statement forgets, so that no transaction is long. Default 1,000.</summary>
    public int Batch { get; set; } = 1_000;

    /// <summary>How often it is done, by one node of all. Default every minute, which is also how late a delegated task may come back.</summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromMinutes(1);

    /// <exception cref="ArgumentException">A promise of the API would be broken.</exception>
    public void Validate()
    {
        AtLeast(nameof(IdempotencyKeys), IdempotencyKeys, TimeSpan.FromHours(24), "clients are promised that");
        AtLeast(nameof(SeenEvents), SeenEvents, TimeSpan.FromDays(7), "senders are promised that");
        AtLeast(nameof(Sessions), Sessions, TimeSpan.FromDays(14), "a refresh token lives that long");
        AtLeast(nameof(OperationFiles), OperationFiles, TimeSpan.FromHours(1), "a client must have time to fetch them");
        AtLeast(nameof(Events), Events, TimeSpan.FromHours(1), "a client must have time to come back");
        AtLeast(nameof(EndedMessages), EndedMessages, TimeSpan.FromHours(1), "somebody must have time to read the reason");
        AtLeast(nameof(Deliveries), Deliveries, TimeSpan.FromDays(7), "an event must not be forgotten while it is tried");
        AtLeast(nameof(MovedInstances), MovedInstances, TimeSpan.FromDays(1), "somebody must have time to take a migration back");
        AtLeast(nameof(Deletions), Deletions, TimeSpan.FromHours(1), "somebody must have time to undo one");
        AtLeast(nameof(Interval), Interval, TimeSpan.FromSeconds(1), "it is work for the database");
        if (Batch is < 1 or > 100_000)
            throw new ArgumentException($"Housekeeping:{nameof(Batch)} is {Batch}; it must be from 1 to 100000.");
    }

    private static void AtLeast(string name, TimeSpan value, TimeSpan least, string why)
    {
        if (value < least)
            throw new ArgumentException($"Housekeeping:{name} is {value}; it must be at least {least}: {why}.");
    }
}
