namespace Switchboard.Runtime.Activities;

/// <summary>Names of bookmarks that nothing wakes by itself: they keep an activity alive, and so its transition possible, while there is nothing to wait for.</summary>
public static class IdleBookmarks
{
    /// <summary>An action whose condition did not hold when the wait began.</summary>
    public const string NotOffered = "Switchboard.ActionNotOffered";

    /// <summary>No day to wait for, or one that has been.</summary>
    public const string NoDay = "Switchboard.NoDay";

    /// <summary>An approval that goes on with the decisions of those who must agree.</summary>
    public const string ApprovalPending = "Switchboard.ApprovalPending";
}
