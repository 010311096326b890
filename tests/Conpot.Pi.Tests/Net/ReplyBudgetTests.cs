using System.Net;
using Conpot.Pi.Net;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Conpot.Pi.Tests.Net;

/// <summary>Datagrams that are not looked at are counted, and each source's sum is told once, however few fit into a commit.</summary>
public class ReplyBudgetTests
{
    private static readonly IPEndPoint Here = IPEndPoint.Parse("192.0.2.1:161");

    [Fact]
    public void Whoever_breaks_off_gets_the_rest_later()
    {
        var time = new FakeTimeProvider();
        var budget = new ReplyBudget(new BudgetLimits(10, 1), time);
        for (var source = 0; source < 100; source++)
            for (var i = 0; i < 3; i++) Assert.Equal(i == 0, budget.Deny(Source(source), Here));
        Assert.Empty(budget.Due());
        Assert.True(budget.HasDenied);
        time.Advance(ReplyBudget.Window);
        var told = budget.Due().Take(30).ToList();
        Assert.True(budget.HasDenied); // there is more
        told.AddRange(budget.Due());
        Assert.False(budget.HasDenied);
        Assert.Equal(Enumerable.Range(0, 100).Select(s => (Source(s).ToString(), 2L)), told.Select(t => (t.Source.ToString(), t.Count)));
    }

    private static IPEndPoint Source(int number) => new(new IPAddress([198, 51, 100, (byte)number]), 4000);
}
